//! The repository's text files, read once.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::Context as _;

/// What is made, not written: folders, and the file that stands for `.git` in a second work tree.
const MADE: [&str; 6] =
    [".git", "target", "node_modules", "kanuki-data", "__pycache__", ".hypothesis"];

/// Every text file by its path from the root, with `/` between folders.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
    /// Files that are not text: they can be linked to.
    others: Vec<String>,
}

impl Tree {
    pub(crate) fn read(root: &Path) -> anyhow::Result<Self> {
        let mut tree = Self::default();
        tree.read_folder(root, "")?;
        Ok(tree)
    }

    fn read_folder(&mut self, root: &Path, folder: &str) -> anyhow::Result<()> {
        let path = root.join(folder);
        let entries = fs::read_dir(&path).with_context(|| format!("cannot list {folder}/"))?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let kind = entry.file_type()?;
            if kind.is_dir() && !MADE.contains(&name.as_str()) {
                self.read_folder(root, &path)?;
            } else if kind.is_file() && !MADE.contains(&name.as_str()) {
                match String::from_utf8(fs::read(entry.path())?) {
                    Ok(text) => drop(self.files.insert(path, text)),
                    Err(_) => self.others.push(path),
                }
            }
        }
        Ok(())
    }

    /// All text files.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Text files whose name ends with `.` and `extension`.
    pub(crate) fn with_extension(&self, extension: &str) -> impl Iterator<Item = (&str, &str)> {
        let ending = format!(".{extension}");
        self.files().filter(move |(path, _)| path.ends_with(&ending))
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Whether there is a file or a folder at `path`.
    pub(crate) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let folder = format!("{path}/");
        let all = self.files.keys().chain(&self.others);
        path.is_empty() || all.into_iter().any(|file| file == path || file.starts_with(&folder))
    }

    /// `crates/NAME/Cargo.toml` and its text.
    pub(crate) fn manifests(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(|(path, _)| {
            path.strip_prefix("crates/")
                .and_then(|rest| rest.strip_suffix("/Cargo.toml"))
                .is_some_and(|name| !name.contains('/'))
        })
    }

    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let own = |&(path, text): &(&str, &str)| (path.to_owned(), text.to_owned());
        Self { files: files.iter().map(own).collect(), others: Vec::new() }
    }
}

/// Which crate a path is in: `crates/NAME/...` gives `NAME`.
pub(crate) fn crate_of(path: &str) -> Option<&str> {
    path.strip_prefix("crates/")?.split('/').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_not_read() {
        let root = std::env::temp_dir().join(format!("kanuki-tree-{}", std::process::id()));
        fs::create_dir_all(root.join("target")).unwrap();
        for name in ["README.md", ".git", "target/made.txt"] {
            fs::write(root.join(name), "text").unwrap();
        }

        let tree = Tree::read(&root).unwrap();
        fs::remove_dir_all(&root).unwrap();

        assert_eq!(tree.files().map(|(path, _)| path).collect::<Vec<_>>(), ["README.md"]);
    }
}
