//! A short way to say where a record is kept.

/// Implements [`Record`](crate::Record) for a type.
///
/// ```ignore
/// record! { Mandate => "mandate" by mandate_id {
///     many account_id = |m| Some(m.account_id.to_string());
///     unique handle = |m| m.handle.clone();
/// } }
/// ```
#[macro_export]
macro_rules! record {
    ($type:ty => $name:literal by $id:expr; $($kind:ident $key:ident = $value:expr;)*) => {
        impl $crate::Record for $type {
            const TABLE: &'static $crate::Table = &$crate::Table {
                name: $name,
                keys: &[$($crate::Key::$kind(stringify!($key)),)*],
            };
            fn id(&self) -> String {
                let id: fn(&Self) -> String = $id;
                id(self)
            }
            fn keys(&self) -> Vec<Option<String>> {
                vec![$({
                    let value: fn(&Self) -> Option<String> = $value;
                    value(self)
                },)*]
            }
        }
    };
}
