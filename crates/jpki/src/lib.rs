//! JPKI: proof of identity by a signature certificate
