//! The binary `kanuki`.

fn main() {}
