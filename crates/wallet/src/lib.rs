//! What a wallet does, one module per thing a person does
