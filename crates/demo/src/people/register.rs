//! Contracts that were made before: bank two's lists, as its older systems would export them.

/// The code that the demo's wallet collects under in the banks' older systems.
pub const WALLET_COLLECTOR: &str = "9900000001";

/// The lists of the bank with `code`, each with its kind.
#[must_use]
pub fn registers_of(code: &str) -> &'static [(&'static str, &'static str)] {
    if code == "9902" { &[("web-kofuri", WALLETS), ("kofuri", OTHERS)] } else { &[] }
}

/// Ken's: one of the demo's wallet, and one of a wallet that he may not remember.
const WALLETS: &str = "KANUKI-REGISTER,1,web-kofuri,9902,2026-11-01,2
契約番号,委託者コード,委託者名,店番,預金種目,口座番号,契約日,状態,終了日
0200018001,9900000001,カンヌキウオレツト,007,普通,9200018,令和元年10月2日,有効,
0200018002,9900000002,ムカシペイ,007,普通,9200018,2020-08-30,有効,
";

/// Ken's electricity.
const OTHERS: &str = "KANUKI-REGISTER,1,kofuri,9902,2026-11-01,1
契約番号,委託者コード,委託者名,店番,預金種目,口座番号,契約日,状態,終了日
A-7781203,9900000091,キタミサキデンリヨク,007,普通,9200018,,有効,
";
