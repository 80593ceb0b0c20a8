//! The record port on SQLite
