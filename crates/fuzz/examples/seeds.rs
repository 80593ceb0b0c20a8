//! Writes every target's good inputs where cargo-fuzz looks for them, so that a run starts from what
//! is understood: `cargo run -p kanuki-fuzz --example seeds -- fuzz/corpus`. Prints how many bytes each
//! target is asked with at most, for `-max_len`.

use std::{
    env, fs,
    io::{self, Write as _},
    path::PathBuf,
};

use kanuki_fuzz::TARGETS;

fn main() -> io::Result<()> {
    let folder = env::args_os().nth(1).map_or_else(|| PathBuf::from("fuzz/corpus"), PathBuf::from);
    for target in TARGETS {
        let folder = folder.join(target.name);
        fs::create_dir_all(&folder)?;
        for (number, seed) in target.seeds.iter().enumerate() {
            fs::write(folder.join(format!("seed{number}")), seed)?;
        }
        writeln!(io::stdout(), "{} {}", target.name, target.longest)?;
    }
    Ok(())
}
