//! What both companies' HTTP shares
