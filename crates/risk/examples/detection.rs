//! How well frauds are found, beside logistic regression and `XGBoost`, over seeds of the generator.
//! `cargo xtask bench detection` makes the Python environment and runs it.
//!
//! `detection FOLDER SEEDS TABLE.json PICTURE.svg [PYTHON]`: without Python there is no `XGBoost`, which is said.
//! `detection --draw DOCUMENT.md PICTURE.svg` measures nothing and draws the table of a document.
#![expect(
    clippy::disallowed_types,
    clippy::float_arithmetic,
    clippy::print_stdout,
    reason = "statistics, told to the terminal"
)]

use std::{collections::BTreeMap, error::Error, fmt::Write as _, fs, path::Path, process::Command};

use kanuki_risk::study::{
    CARDS_A_DAY, FROZEN, Judged, Logistic, Quality, Rows, Split, World, features, generate, rows,
};
use serde_json::json;

type Fallible<T> = Result<T, Box<dyn Error>>;

const OURS: &str = "ours";
const REGRESSION: &str = "logistic regression";
/// What the book published as best: a hundred trees of depth 3 at 0.1, on its fifteen features.
const PUBLISHED: &str = "XGBoost 100 × depth 3, 0.1";
/// Features, depth, trees, rate; and what it is called.
const SETTINGS: [(&str, &str); 3] = [
    ("15,3,100,0.1", PUBLISHED),
    ("15,3,50,0.3", "XGBoost 50 × depth 3, 0.3"),
    ("29,3,100,0.1", "XGBoost 100 × depth 3, 0.1, on our features"),
];
/// What is drawn: its class, its name here, and how its row in the document begins.
const DRAWN: [(&str, &str, &str); 3] = [
    ("l", REGRESSION, "logistic regression, handbook's"),
    ("x", PUBLISHED, "XGBoost, 100 × depth 3 at 0.1, handbook's"),
    ("o", OURS, "ours"),
];
/// Two-sided 95 % of Student's t, by degrees of freedom from 1.
const T95: [f64; 9] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];
/// How far below the published AUC and cards ours may be.
const AUC_BELOW: f64 = 0.005;

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, document, picture] = arguments.as_slice()
        && flag == "--draw"
    {
        return Ok(fs::write(picture, draw(&written(&fs::read_to_string(document)?)?)?)?);
    }
    let [folder, seeds, table, picture, python @ ..] = arguments.as_slice() else {
        return Err("detection FOLDER SEEDS TABLE.json PICTURE.svg [PYTHON]".into());
    };
    let seeds: u64 = seeds.parse()?;
    if !(2..=10).contains(&seeds) {
        return Err("two to ten seeds".into());
    }
    let mut found: Vec<BTreeMap<&str, Quality>> = Vec::new();
    for seed in 1..=seeds {
        let one = compare(seed, Path::new(folder), python.first().map(String::as_str))?;
        for (name, quality) in &one {
            println!("seed {seed:>2}  {name:<46} {}", cells(quality));
        }
        found.push(one);
    }
    if python.is_empty() {
        println!("\nNO PYTHON HERE: XGBOOST WAS NOT RUN, SO NOTHING IS COMPARED WITH IT.");
    }
    let is_met = tell(&found)?;
    fs::write(table, format!("{}\n", serde_json::to_string_pretty(&json!(found))?))?;
    fs::write(picture, draw(&precisions(&found))?)?;
    if is_met { Ok(()) } else { Err("a bar was missed".into()) }
}

fn cells(quality: &Quality) -> String {
    let cards = quality.card_precision_at_k.get(&CARDS_A_DAY).copied().unwrap_or_default();
    format!("AUC {:.4}  AP {:.4}  cards {cards:.4}", quality.auc, quality.average_precision)
}

/// All models on the rows of one seed.
fn compare(
    seed: u64,
    folder: &Path,
    python: Option<&str>,
) -> Fallible<BTreeMap<&'static str, Quality>> {
    // Up to the last day of the test.
    let export = generate(&World { days: 136, ..World::HANDBOOK }, seed);
    let from = "2018-07-25".parse()?;
    let rows = rows(&export, &Split { from, train_days: 7, delay_days: 7, test_days: 7 })?;
    let quality = |judged: Vec<Judged>| Quality::of(&judged, &[CARDS_A_DAY]);
    let model = rows.grow(&FROZEN);
    let regression = Logistic::fit(&rows.train, features::HANDBOOKS);
    let mut found = BTreeMap::from([
        (OURS, quality(rows.judged(|row| model.probability(row)))),
        (REGRESSION, quality(rows.judged(|row| regression.probability(row)))),
    ]);
    let Some(python) = python else { return Ok(found) };
    write(&rows, folder)?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/fit_xgboost.py");
    let settings = SETTINGS.map(|(setting, _)| setting);
    let status = Command::new(python).arg(script).arg(folder).args(settings).status()?;
    if !status.success() {
        return Err("XGBoost did not finish".into());
    }
    for (setting, name) in SETTINGS {
        let scores = fs::read(folder.join(format!("{setting}.scores")))?;
        let mut scores = scores.chunks_exact(4).filter_map(|bytes| bytes.try_into().ok());
        let mut next = || scores.next().map_or(f64::NAN, |bytes| f32::from_le_bytes(bytes).into());
        found.insert(name, quality(rows.judged(|_| next())));
    }
    Ok(found)
}

fn write(rows: &Rows, folder: &Path) -> Fallible<()> {
    fs::create_dir_all(folder)?;
    let cell = |cells: &mut Vec<u8>, (row, is_fraud): (&[f32], bool)| {
        let label = f32::from(u8::from(is_fraud));
        for value in row.iter().chain([&label]) {
            cells.extend(value.to_le_bytes());
        }
    };
    let (mut train, mut test) = (Vec::new(), Vec::new());
    rows.train.iter().for_each(|(row, is_fraud)| cell(&mut train, (row, *is_fraud)));
    rows.test.iter().for_each(|(row, judged)| cell(&mut test, (row, judged.is_fraud)));
    fs::write(folder.join("train.bin"), train)?;
    fs::write(folder.join("test.bin"), test)?;
    fs::write(folder.join("cells.txt"), features::NAMES.len().saturating_add(1).to_string())?;
    Ok(())
}

fn count(all: usize) -> f64 {
    u32::try_from(all).map_or(f64::MAX, f64::from)
}

/// Mean, and how far around it lies the middle of 95 %.
fn interval(values: &[f64]) -> (f64, f64) {
    let many = count(values.len());
    let mean = values.iter().sum::<f64>() / many;
    let spread = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (many - 1.0);
    let t = values.len().checked_sub(2).and_then(|at| T95.get(at)).copied().unwrap_or(f64::NAN);
    (mean, t * (spread / many).sqrt())
}

fn measures(quality: &Quality) -> [f64; 3] {
    let cards = quality.card_precision_at_k.get(&CARDS_A_DAY).copied().unwrap_or_default();
    [quality.auc, quality.average_precision, cards]
}

/// Prints the table and the gains; false when a bar was missed.
fn tell(found: &[BTreeMap<&str, Quality>]) -> Fallible<bool> {
    let of = |name: &str, measure: usize| -> Vec<f64> {
        let each = found.iter().filter_map(|one| one.get(name)).map(measures);
        each.filter_map(|all| all.get(measure).copied()).collect()
    };
    println!(
        "\n| model | AUC | average precision | of {CARDS_A_DAY} cards a day |\n|---|---|---|---|"
    );
    let names: Vec<&str> = found.first().ok_or("no seed")?.keys().copied().collect();
    for name in &names {
        let mut line = format!("| {name} |");
        for measure in 0..3 {
            let (mean, around) = interval(&of(name, measure));
            write!(line, " {mean:.4} ± {around:.4} |")?;
        }
        println!("{line}");
    }
    println!();
    let mut is_met = true;
    for name in names.iter().filter(|name| **name != OURS) {
        let gain = |measure| -> (f64, f64) {
            let pairs: Vec<f64> = of(OURS, measure)
                .iter()
                .zip(of(name, measure))
                .map(|(ours, theirs)| ours - theirs)
                .collect();
            interval(&pairs)
        };
        let (auc, ap, cards) = (gain(0), gain(1), gain(2));
        println!(
            "ours beyond {name}, paired: AP {:+.4} ± {:.4}, cards {:+.4} ± {:.4}, AUC {:+.4} ± {:.4}",
            ap.0, ap.1, cards.0, cards.1, auc.0, auc.1
        );
        if *name == PUBLISHED {
            is_met = ap.0 - ap.1 > 0.0 && cards.0 >= 0.0 && auc.0 >= -AUC_BELOW;
        }
    }
    Ok(is_met)
}

/// The average precision of each model, by seed.
fn precisions(found: &[BTreeMap<&'static str, Quality>]) -> Vec<BTreeMap<&'static str, f64>> {
    let of = |one: &BTreeMap<&'static str, Quality>| {
        one.iter().map(|(name, quality)| (*name, quality.average_precision)).collect()
    };
    found.iter().map(of).collect()
}

/// The same from the rows of a document: model, AUC, average precision by seed, cards.
fn written(document: &str) -> Fallible<Vec<BTreeMap<&'static str, f64>>> {
    let mut seeds: Vec<BTreeMap<&'static str, f64>> = Vec::new();
    for (_, name, begins) in DRAWN {
        let is_its = |line: &&str| line.trim_start_matches("| ").starts_with(begins);
        let rows = document.lines().filter(|line| line.starts_with("| "));
        let row = rows.clone().find(is_its).ok_or_else(|| format!("no row of {begins}"))?;
        let cell = row.split('|').nth(3).ok_or_else(|| format!("no cell in {row}"))?;
        let values: Vec<f64> =
            cell.split(',').map(|value| value.trim().parse()).collect::<Result<_, _>>()?;
        seeds.resize(values.len().max(seeds.len()), BTreeMap::new());
        for (seed, value) in seeds.iter_mut().zip(values) {
            seed.insert(name, value);
        }
    }
    Ok(seeds)
}

/// Average precision by seed: one line for each seed, one mark for each model.
fn draw(found: &[BTreeMap<&str, f64>]) -> Fallible<String> {
    let (left, top, step, wide) = (90.0_f64, 70.0_f64, 26.0_f64, 620.0_f64);
    let height = step.mul_add(count(found.len()), top + 50.0);
    let x = |ap: f64| (ap - 0.5) / 0.35 * wide + left;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 760 {height}\" role=\"img\" \
         aria-label=\"Average precision by seed: logistic regression, XGBoost as published, ours\">\n\
         <style>text{{font:13px sans-serif;fill:#1a1a1a}}.g{{stroke:#d0d0d0}}.l{{fill:#8a8a8a}}\
         .x{{fill:#b45309}}.o{{fill:#0f766e}}.s{{stroke:#8a8a8a;stroke-width:2}}\n\
         @media (prefers-color-scheme:dark){{text{{fill:#eee}}.g{{stroke:#444}}.l,.s{{fill:#aaa;\
         stroke:#aaa}}.x{{fill:#f59e0b}}.o{{fill:#2dd4bf}}}}</style>\n"
    );
    for (place, (class, name, _)) in DRAWN.into_iter().enumerate() {
        let at = count(place).mul_add(240.0, left);
        writeln!(
            svg,
            "<circle class=\"{class}\" cx=\"{at}\" cy=\"20\" r=\"6\"/>\
             <text x=\"{}\" y=\"25\">{name}</text>",
            at + 12.0
        )?;
    }
    for tenth in 0..8_u8 {
        let ap = f64::from(tenth).mul_add(0.05, 0.5);
        let at = x(ap);
        writeln!(
            svg,
            "<line class=\"g\" x1=\"{at:.1}\" y1=\"46\" x2=\"{at:.1}\" y2=\"{}\"/>\
             <text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{ap:.2}</text>",
            height - 40.0,
            height - 20.0
        )?;
    }
    for (place, one) in found.iter().enumerate() {
        let y = count(place).mul_add(step, top);
        writeln!(svg, "<text x=\"10\" y=\"{}\">seed {}</text>", y + 5.0, place.saturating_add(1))?;
        let at = |name| one.get(name).copied().map(x);
        if let (Some(theirs), Some(ours)) = (at(PUBLISHED), at(OURS)) {
            writeln!(
                svg,
                "<line class=\"s\" x1=\"{theirs:.1}\" y1=\"{y}\" x2=\"{ours:.1}\" y2=\"{y}\"/>"
            )?;
        }
        for (class, name, _) in DRAWN {
            if let Some(at) = at(name) {
                writeln!(svg, "<circle class=\"{class}\" cx=\"{at:.1}\" cy=\"{y}\" r=\"6\"/>")?;
            }
        }
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}
