//! The bank's authorization server, debits, portal and desk
