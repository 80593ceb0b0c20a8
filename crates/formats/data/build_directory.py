"""Writes directory.tsv from an unpacked `zengin-code` package.

    python3 build_directory.py PACKAGE_FOLDER

PACKAGE_FOLDER is what the wheel `zengin-code==1.1.0.20260824` unpacks to. The output depends on
nothing else, so that anyone can rebuild it and see the same bytes. The format is in README.md.
"""

import json
import pathlib
import sys


def clean(text):
    """One field: the separators of the format must not occur in it."""
    if any(c in text for c in "\t\n\r") or not text:
        raise ValueError(f"unusable field {text!r}")
    return text


def main(package):
    data = pathlib.Path(package) / "zengin_code" / "source-data" / "data"
    date = (data / "updated_at").read_text().strip()
    banks = json.loads((data / "banks.json").read_text(encoding="utf-8"))
    files = sorted(p.stem for p in (data / "branches").glob("*.json"))

    lines = [f"@{date[:4]}-{date[4:6]}-{date[6:8]}"]
    for code in sorted(banks):
        lines.append(f"{code}\t{clean(banks[code]['name'])}\t{clean(banks[code]['kana'])}")
    # The package keeps the branches of institutions that it no longer lists.
    lines.extend(f"-{code}" for code in files if code not in banks)
    for code in sorted(banks):
        branches = json.loads((data / "branches" / f"{code}.json").read_text(encoding="utf-8"))
        lines.append(f"={code}")
        for branch in sorted(branches):
            row = branches[branch]
            lines.append(f"{branch}\t{clean(row['name'])}\t{clean(row['kana'])}")
    out = pathlib.Path(__file__).with_name("directory.tsv")
    out.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
