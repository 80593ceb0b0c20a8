//! `kanuki bank import`: a list of contracts made elsewhere is taken over, or refused with the line.
//!
//! It writes beside a running server, in units of its own; what a crash cut short is finished by
//! running it again with the same file.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::PathBuf,
    sync::Arc,
};

use anyhow::{Context as _, Result, bail};
use kanuki_bank::{
    Bank,
    contract::{
        Kind,
        check::{Source, Wanted},
        import::{Import, ImportError, Report},
    },
};
use kanuki_domain::Ctx;
use kanuki_ledger::MemoryEngine;
use serde::Serialize;

use crate::{
    Outcome,
    args::BankImport,
    company::bank::{self as company_bank, BankPlan},
    out::out,
    serve::real_world,
};

/// A file on disk.
struct OnDisk(PathBuf);

impl Source for OnDisk {
    fn open(&self) -> io::Result<Box<dyn BufRead + Send + '_>> {
        Ok(Box::new(BufReader::with_capacity(1 << 16, File::open(&self.0)?)))
    }
}

/// What scripts get.
#[derive(Debug, Serialize)]
struct Answer {
    ok: bool,
    dry_run: bool,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    import: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    as_of: Option<jiff::civil::Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

#[derive(Debug, Serialize)]
struct Problem {
    line: Option<u32>,
    code: &'static str,
    text: String,
}

/// Checks, compares and, unless it is a dry run, writes.
pub(crate) fn run(args: &BankImport, plan: BankPlan) -> Result<Outcome> {
    let kind = Kind::parse(&args.kind).context("--kind is web-kofuri or kofuri")?;
    for branch in &args.new_branch {
        if branch.len() != 3 || !branch.bytes().all(|byte| byte.is_ascii_digit()) {
            bail!("--new-branch is three digits");
        }
    }
    let wanted =
        Wanted { kind, as_of: args.as_of, new_branches: args.new_branch.iter().cloned().collect() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answer = runtime.block_on(async {
        let world = real_world(&plan.front.issuer)?;
        // An import moves no money: the ledger of a running server is left alone.
        let bank = company_bank::bank(plan, &world, Arc::new(MemoryEngine::default()))?;
        let moment = world.moment("");
        take(&bank, &moment.ctx(), args, &wanted).await
    })?;
    print(&answer, args.json)?;
    Ok(if answer.ok { Outcome::Well } else { Outcome::Bad })
}

async fn take(bank: &Bank, ctx: &Ctx<'_>, args: &BankImport, wanted: &Wanted) -> Result<Answer> {
    let source = OnDisk(args.register.clone());
    let done = if args.dry_run {
        compare(bank, ctx, &source, wanted).await
    } else {
        bank.import_register(ctx, "operator", &source, wanted).await.map(Done::Written)
    };
    let plain = Answer {
        ok: true,
        dry_run: args.dry_run,
        kind: wanted.kind.name(),
        import: None,
        as_of: None,
        changes: None,
        problem: None,
    };
    let refused =
        |line, code, error: &ImportError| Some(Problem { line, code, text: error.to_string() });
    Ok(match done {
        Ok(Done::Compared(as_of, report)) => {
            Answer { as_of: Some(as_of), changes: Some(report), ..plain }
        }
        Ok(Done::Written(import)) => Answer {
            import: Some(import.import_id.to_string()),
            as_of: Some(import.as_of),
            changes: Some(import.report),
            ..plain
        },
        Err(ref error @ ImportError::Register(ref wrong)) => {
            let problem = refused(Some(wrong.line), wrong.fault.name(), error);
            Answer { ok: false, problem, ..plain }
        }
        Err(error @ (ImportError::Older(_) | ImportError::Future(_))) => {
            let code = if matches!(error, ImportError::Older(_)) { "older" } else { "future" };
            let problem = refused(None, code, &error);
            Answer { ok: false, problem, ..plain }
        }
        Err(error) => return Err(error.into()),
    })
}

enum Done {
    Compared(jiff::civil::Date, Report),
    Written(Import),
}

async fn compare(
    bank: &Bank,
    ctx: &Ctx<'_>,
    source: &OnDisk,
    wanted: &Wanted,
) -> Result<Done, ImportError> {
    let checked = bank.check_register(source, wanted)?;
    let report = bank.compare_register(ctx, source, wanted, &checked).await?;
    Ok(Done::Compared(checked.head.as_of, report))
}

fn print(answer: &Answer, json: bool) -> Result<()> {
    if json {
        out!("{}", serde_json::to_string(answer)?);
        return Ok(());
    }
    if let Some(problem) = &answer.problem {
        out!("refused, and nothing was changed: {}", problem.text);
        return Ok(());
    }
    if let (Some(as_of), Some(report)) = (answer.as_of, answer.changes) {
        let done = if answer.dry_run { "would be taken over" } else { "taken over" };
        out!("{} {} of {as_of} {done}", report.rows, answer.kind);
        for (count, what) in [
            (report.fresh, "new"),
            (report.same, "as before"),
            (report.described, "described otherwise than before"),
            (report.ended, "over, says the list"),
            (report.back, "there again"),
            (report.unlisted, "known and not named any more: marked, not removed"),
            (report.contradicted, "stopped here and still going on there: ordered to stop again"),
            (report.older, "known from a newer list: left as they are"),
        ] {
            if count > 0 {
                out!("  {count:>9}  {what}");
            }
        }
    }
    Ok(())
}
