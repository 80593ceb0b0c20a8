# 証拠の記録を渡す。両社の係員の画面で使う。
pack-title = 証拠の記録を渡す
pack-what = 経過、依頼、同意と署名、お金の動き、通知を一つのファイルにし、この会社の鍵で署名します。担当者が書いた文、不正検知のルールや点数、疑わしい取引に関すること、ほかの方のことは入りません。渡したことは記録に残ります。
pack-whose = だれの記録か：
pack-not-reporters = 届け出を別の案件に結びつけた案件です。中身は上のお客さまの記録で、お金を取った側のものかもしれません。届け出た方の記録ではないため、ここでは「ご本人」向けには作れません。
pack-for = 渡す相手
pack-for-police = 警察（照会書などにもとづくとき）
pack-for-person = ご本人
pack-for-partner = { $name }（自社に関する部分だけ）
pack-reason = 理由
pack-reason-hint = 照会書の番号など
pack-pdf = PDFで受け取る
pack-json = JSONで受け取る
