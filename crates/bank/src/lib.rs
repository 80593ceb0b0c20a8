//! What a bank does for linking and debits, one module per thing
