//! Why a bank would send a file back.

/// One field, by the name that banks give it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Field {
    /// 委託者コード
    #[error("委託者コード")]
    Client,
    /// 委託者名
    #[error("委託者名")]
    ClientName,
    /// 振込指定日, 引落日
    #[error("取組日・引落日")]
    Day,
    /// 銀行コード
    #[error("銀行コード")]
    Bank,
    /// 銀行名
    #[error("銀行名")]
    BankName,
    /// 支店コード
    #[error("支店コード")]
    Branch,
    /// 支店名
    #[error("支店名")]
    BranchName,
    /// 預金種目
    #[error("預金種目")]
    Deposit,
    /// 口座番号
    #[error("口座番号")]
    Number,
    /// 受取人名, 預金者名
    #[error("受取人名・預金者名")]
    Name,
    /// 金額
    #[error("金額")]
    Amount,
    /// 新規コード
    #[error("新規コード")]
    New,
    /// 顧客コード, 顧客番号, EDI情報
    #[error("顧客コード・EDI情報")]
    Reference,
    /// 振替結果コード
    #[error("振替結果コード")]
    Outcome,
    /// 振込指定区分, 識別表示
    #[error("振込指定区分・識別表示")]
    Manner,
    /// 入払区分, 取引区分
    #[error("入払区分・取引区分")]
    Direction,
    /// 残高
    #[error("残高")]
    Balance,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Bytes that are no half-width letter: a file in UTF-8, or re-saved by another program.
    #[error(
        "these are not the half-width letters of JIS; save the file as the bank's software does"
    )]
    Encoding,
    /// EBCDIC.
    #[error("the code is EBCDIC (1); only JIS (0) is read")]
    Ebcdic,
    /// Not a file of this kind.
    #[error("this is not a file of kind {0}")]
    Kind(&'static str),
    /// The last record is cut.
    #[error("the record is shorter than {0} bytes")]
    Short(usize),
    /// Records stand in another order than header, data, trailer, end.
    #[error("a record of kind {0:?} may not stand here")]
    Order(char),
    /// Bytes in a field that must be empty.
    #[error("there is something after the last field")]
    Rest,
    /// A field that is not as it must be.
    #[error("{0} is not as it must be")]
    Field(Field),
    /// A letter that has no place in the field.
    #[error("{field} has a letter that banks refuse: {letter:?}")]
    Letter {
        /// Which field.
        field: Field,
        /// The letter.
        letter: char,
    },
    /// Longer than its field.
    #[error("{field} has {bytes} bytes; there is room for {room}")]
    Long {
        /// Which field.
        field: Field,
        /// How long it is.
        bytes: usize,
        /// How much fits.
        room: usize,
    },
    /// The trailer counts other records than there are.
    #[error("the trailer says {said} records, there are {found}")]
    Count {
        /// In the trailer.
        said: u64,
        /// In the file.
        found: u64,
    },
    /// The trailer adds up to something else.
    #[error("the trailer says ¥{said}, the records come to ¥{found}")]
    Sum {
        /// In the trailer.
        said: u64,
        /// In the file.
        found: u64,
    },
    /// No records at all.
    #[error("there is nothing in it")]
    Empty,
    /// Larger than what is read.
    #[error("it is larger than is read")]
    TooLarge,
}

/// A file that is refused, with the record that is to blame, from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record {record}: {fault}")]
pub struct ZenginError {
    /// Which record.
    pub record: usize,
    /// What is wrong with it.
    pub fault: Fault,
}
