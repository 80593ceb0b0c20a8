# 証拠の記録を渡す。両社の係員の画面で使う。
pack-title = 証拠の記録を渡す
pack-what = 経過、依頼、同意と署名、お金の動き、通知を一つのファイルにし、この会社の鍵で署名します。担当者が書いた文、不正検知のルールや点数、疑わしい取引に関すること、ほかの方のことは入りません。渡したことは記録に残ります。
pack-for = 渡す相手
pack-for-police = 警察（照会書などにもとづくとき）
pack-for-person = ご本人
pack-for-partner = { $name }（自社に関する部分だけ）
pack-reason = 理由
pack-reason-hint = 照会書の番号など
pack-pdf = PDFで受け取る
pack-json = JSONで受け取る
