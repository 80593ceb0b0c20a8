//! Formats of Japanese banking: directory, names, JPQR
