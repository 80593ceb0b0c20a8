//! All that crosses between the two companies
