//! `kanuki risk train`: a model from a company's own recorded attempts, by the numbers that its
//! policy looks at.

use std::{fs, path::PathBuf, sync::Arc};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use jiff::civil::Date;
use kanuki_risk::{
    Kind,
    model::Model,
    study::{Attempts, CARDS_A_DAY, Learned, Split},
};

use crate::{
    Outcome,
    company::settings::hash_of,
    out::{out, require_writable},
    risk,
};

/// `kanuki risk train`.
#[derive(Debug, Args)]
pub(crate) struct RiskTrain {
    /// The recording: one signal a line as JSON, with `"is_fraud":true` where it was one.
    #[arg(long, value_name = "FILE")]
    events: PathBuf,
    /// The policy whose numbers are learned from, or `bank` or `wallet` for one that ships.
    #[arg(long, value_name = "FILE")]
    policy: String,
    /// A model that the policy names.
    #[arg(long = "model", value_name = "FILE")]
    models: Vec<PathBuf>,
    /// Of which signals, such as `debit`.
    #[arg(long, value_name = "SIGNAL")]
    on: String,
    /// The first day that is learned from, in Tokyo.
    #[arg(long, value_name = "DATE", value_parser = crate::day::option)]
    train_from: Date,
    /// How many days are learned from.
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..))]
    train_days: u16,
    /// After how many days a fraud is known.
    #[arg(long, value_name = "N", default_value_t = 7)]
    delay_days: u16,
    /// How many days are tested.
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..))]
    test_days: u16,
    /// Where to write the model.
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Reads models, each as it was written down or as `XGBoost` saves it.
pub(crate) fn models(files: &[PathBuf]) -> Result<Vec<Arc<Model>>> {
    Ok(Models::read(files)?.models)
}

/// Models with what their files said, each read once.
pub(crate) struct Models {
    /// The models.
    pub(crate) models: Vec<Arc<Model>>,
    texts: Vec<String>,
}

impl Models {
    /// Reads the files.
    pub(crate) fn read(files: &[PathBuf]) -> Result<Self> {
        let (mut models, mut texts) = (Vec::new(), Vec::new());
        for file in files {
            let text = fs::read_to_string(file)
                .with_context(|| format!("cannot read {}", file.display()))?;
            models.push(Arc::new(model(&text).with_context(|| file.display().to_string())?));
            texts.push(text);
        }
        Ok(Self { models, texts })
    }

    /// What stands for all of them; nothing where there are none.
    pub(crate) fn hash(&self) -> String {
        if self.texts.is_empty() { String::new() } else { hash_of(&self.texts) }
    }
}

fn model(text: &str) -> Result<Model> {
    let is_foreign = text.trim_start().starts_with('{');
    Ok(if is_foreign { Model::from_xgboost(text) } else { Model::from_text(text) }?)
}

/// Learns and tests.
pub(crate) fn run(args: &RiskTrain) -> Result<Outcome> {
    let Some(kind) = Kind::parse(&args.on) else {
        let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        bail!("there is no signal `{}`; known: {}", args.on, known.join(", "));
    };
    require_writable([args.save.as_deref()])?;
    let policy = risk::policy(&args.policy, &models(&args.models)?)?;
    let split = Split {
        from: args.train_from,
        train_days: args.train_days,
        delay_days: args.delay_days,
        test_days: args.test_days,
    };
    let mut attempts = Attempts::new(policy, kind, split)?;
    risk::events(&args.events, |events| attempts.see(events))?;
    let (learned, model) = attempts.learn(&args.events.display().to_string())?;
    let version = model.version()?;
    if let Some(file) = &args.save {
        fs::write(file, model.to_text()?)
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    if args.json {
        let mut told = serde_json::to_value(&learned)?;
        if let Some(told) = told.as_object_mut() {
            told.insert("model".to_owned(), version.into());
        }
        out!("{told}");
    } else {
        print(&learned, &version);
    }
    Ok(Outcome::Well)
}

fn print(learned: &Learned, version: &str) {
    let line = |what: &str, rows: usize, frauds: usize| {
        out!("{what:<10} {rows:>9} of {}, {frauds:>6} of them frauds", learned.on);
    };
    line("learned", learned.train_rows, learned.train_frauds);
    line("tested", learned.test_rows, learned.test_frauds);
    let quality = &learned.quality;
    let found = quality.card_precision_at_k.get(&CARDS_A_DAY).copied().unwrap_or_default();
    out!("\nAUC {:.3}, average precision {:.3}", quality.auc, quality.average_precision);
    out!(
        "of the {CARDS_A_DAY} customers with the highest score of a day, {found:.3} were defrauded"
    );
    out!("\n{:<14}{:>10}{:>12}{:>12}", "score", "attempts", "said", "was fraud");
    for tenth in &learned.calibration {
        let (from, said, was) = (tenth.score_from, tenth.said, tenth.found);
        out!("from {from:<9}{:>10}{said:>12.3}{was:>12.3}", tenth.rows);
    }
    if let Some(drift) = &learned.drift {
        let index = drift.index;
        out!(
            "\ndrift from training to test: {index:.3} (0.1 is little, 0.25 is a reason to grow again)"
        );
    }
    out!("\nit looked at, of what {} sees:", learned.policy);
    for (feature, leaning) in &learned.features {
        out!("  {feature} ({leaning})");
    }
    out!("\na policy names it by: model \"{version}\"");
}
