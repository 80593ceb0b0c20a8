"""Writes former.tsv and former-branches.tsv from several versions of the `zengin-code` package.

    python3 build_former.py FOLDER

FOLDER holds wheels of the Python package `zengin-code`, the one that directory.tsv is made from
among them: the more of them, the narrower the days between which a name was given up. The output
depends on nothing else. The format is in README.md.

Where an institution went is read from its branches: those of one that merged turn up, under the
names they had, at the one into which it went, in the lists after the one that had it last. A branch
that every institution has says nothing. Where less than half of the branches are found again at one
and the same place, the names are asked: one that took the lost name into its own in that very list
(八十二 became 八十二長野). Else nothing is claimed.

What became of a branch is read in the same way: it was taken over where the institution that its
own went into has, in the lists after, a branch of its reading that it had not before. Where it had
one already, the two may have become one, or not: that is said and not decided. A branch that was
taken over and is gone from today's list has the last list that had it. Names that a branch had
earlier follow: what its own institution had under its number later, or that it was gone before.
"""

import json
import pathlib
import sys
import unicodedata
import zipfile

INSIDE = "zengin_code/source-data/data/"
# How many lists after the last one are looked at: branches arrive late.
LATER = 4
ENDS = ["信金", "信組", "労金", "農協", "漁協", "信連"]
EVERYWHERE = {"ホンテン", "ホンシヨ", "ホンシシヨ"}


class Version:
    """One list, as of one day."""

    def __init__(self, wheel):
        self.zip = zipfile.ZipFile(wheel)
        day = self.zip.read(INSIDE + "updated_at").decode().strip()
        self.day = f"{day[:4]}-{day[4:6]}-{day[6:8]}"
        self.banks = json.loads(self.zip.read(INSIDE + "banks.json"))
        self.known = {}
        self.lists = {}

    def rows(self, code):
        """Every branch of an institution, by its number."""
        if code not in self.banks:
            return {}
        if code not in self.lists:
            self.lists[code] = json.loads(self.zip.read(f"{INSIDE}branches/{code}.json"))
        return self.lists[code]

    def branches(self, code):
        """Readings of the branches of an institution that this list has."""
        if code not in self.banks:
            return set()
        if code not in self.known:
            rows = json.loads(self.zip.read(f"{INSIDE}branches/{code}.json"))
            self.known[code] = {row["kana"] for row in rows.values()} - EVERYWHERE
        return self.known[code]


def folded(name):
    """A name without differences that are only another way to write it."""
    name = unicodedata.normalize("NFKC", name)
    return "".join(c for c in name if c not in " ・.-ー－").replace("ヶ", "ケ").casefold()


def into(versions, place, code):
    """Where the branches of `code`, last listed at `place`, are found again."""
    old = versions[place].branches(code)
    found = []
    for other in set().union(*[set(v.banks) for v in versions[place + 1 : place + 1 + LATER]]):
        new = set().union(*[v.branches(other) for v in versions[place + 1 : place + 1 + LATER]])
        before = versions[max(0, place - 1)].branches(other)
        found.append((len(old & (new - before)), other))
    found.sort(reverse=True)
    best, second = found[0], found[1]
    is_clear = best[0] >= 2 and best[0] * 2 >= len(old) and second[0] * 2 < best[0]
    return best[1] if is_clear else by_name(versions, place, code)


def by_name(versions, place, code):
    """Who took the name of `code` into their own when it went."""
    old, new = versions[place].banks, versions[place + 1].banks
    name = unicodedata.normalize("NFKC", old[code]["name"])
    end = next((end for end in ENDS if name.endswith(end)), "")
    stem = name.removesuffix(end)
    if len(stem) < 2:
        return ""
    takers = []
    for other, bank in new.items():
        now = unicodedata.normalize("NFKC", bank["name"])
        was = unicodedata.normalize("NFKC", old[other]["name"]) if other in old else ""
        if stem in now and stem not in was and now.endswith(end):
            takers.append(other)
    return takers[0] if len(takers) == 1 else ""


def readings(version, code):
    """Numbers of the branches of an institution, by reading."""
    numbers = {}
    for number, row in version.rows(code).items():
        numbers.setdefault(row["kana"], []).append(number)
    return {kana: sorted(found) for kana, found in numbers.items()}


def fate(versions, place, home, kana):
    """What became of a branch of an institution that was last listed at `place` and went to `home`:
    how sure that is, its number, and the last list that had it there."""
    if not home:
        return "", "", ""
    before = readings(versions[max(0, place - 1)], home).get(kana, [])
    was_there = before or readings(versions[place], home).get(kana, [])
    seen = [(v, readings(v, home).get(kana, [])) for v in versions[place + 1 :]]
    found = [(v, numbers) for v, numbers in seen if numbers]
    if not found:
        return "", "", ""
    last, numbers = found[-1]
    # Of two of one name, and of what every institution has, nobody can tell which is meant.
    if len(numbers) > 1 or (was_there and kana in EVERYWHERE):
        return "", "", ""
    return ("?" if was_there else "="), numbers[0], last.day


def followed(versions, gone, code, kana):
    """The same through a row of mergers: `gone` has where and when each institution went."""
    place, home = gone[code]
    sure, number, day = fate(versions, place, home, kana)
    for _ in range(10):
        if not number or home not in gone:
            break
        place, home = gone[home]
        next_sure, number, day = fate(versions, place, home, kana)
        sure = "=" if sure == next_sure == "=" else "?"
    if not number:
        return "", "", ""
    is_today = day == versions[-1].day
    return sure, number, "" if is_today else day


def earlier(versions, place, code):
    """Branches under names that the institution gave up before it went itself: what has their number
    later, or nothing, and the last list that had them so."""
    last = versions[place].rows(code)
    kept = {row["kana"] for row in last.values()}
    found = {}
    for version in versions[:place]:
        for number, row in version.rows(code).items():
            if row["kana"] not in kept:
                found[number, row["kana"]] = (row["name"], version.day)
    for (number, kana), (name, day) in sorted(found.items()):
        is_later = number in last
        fate = [">" if is_later else "x", number if is_later else "", day]
        yield [number, clean(name), clean(kana), *fate]


def branch_lines(versions, gone):
    """Every branch that an institution had when it went, and then those of before."""
    lines = []
    for code in sorted(gone):
        lines.append("=" + code)
        for number, row in sorted(versions[gone[code][0]].rows(code).items()):
            cells = [number, clean(row["name"]), clean(row["kana"])]
            cells += [cell for cell in followed(versions, gone, code, row["kana"])]
            lines.append("\t".join(cells).rstrip("\t"))
        lines += ["\t".join(cells) for cells in earlier(versions, gone[code][0], code)]
    return lines


def clean(text):
    if any(c in text for c in "\t\n\r") or not text:
        raise ValueError(f"unusable field {text!r}")
    return text


def last_home(successors, code):
    """The listed end of a row of mergers."""
    for _ in range(10):
        if code not in successors:
            return code
        code = successors[code]
    raise ValueError(f"{code} went in a circle")


def write(name, lines):
    out = pathlib.Path(__file__).with_name(name)
    out.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def main(folder):
    versions = sorted((Version(w) for w in pathlib.Path(folder).glob("*.whl")), key=lambda v: v.day)
    if len(versions) < 2:
        sys.exit("fewer than two lists")
    latest = versions[-1].banks
    rows, successors, gone = [], {}, {}
    for place, (old, new) in enumerate(zip(versions, versions[1:])):
        for code, bank in old.banks.items():
            if code not in new.banks and code not in latest:
                # Listed once more later: the later one counts.
                if any(code in v.banks for v in versions[place + 1 :]):
                    continue
                home = into(versions, place, code)
                if home:
                    successors[code] = home
                gone[code] = (place, home)
                rows.append([code, bank, old.day, new.day, home])
            elif code in new.banks and folded(bank["name"]) != folded(new.banks[code]["name"]):
                rows.append([code, bank, old.day, new.day, code])
    lines = [f"@{versions[0].day}"]
    for code, bank, last, gone_by, home in sorted(rows, key=lambda row: (row[0], row[2])):
        home = last_home(successors, home)
        # A name that was changed before its institution went somewhere that nobody knows.
        home = home if home in latest else ""
        cells = [code, clean(bank["name"]), clean(bank["kana"]), last, gone_by, home]
        lines.append("\t".join(cells))
    write("former.tsv", lines)
    write("former-branches.tsv", [f"@{versions[-1].day}"] + branch_lines(versions, gone))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
