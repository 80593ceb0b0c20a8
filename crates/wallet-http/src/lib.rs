//! The wallet's pages, API and workers
