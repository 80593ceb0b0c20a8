//! Passkeys: registration and assertions over exactly what was shown
