//! The demo world: people, cards, a core banking system
