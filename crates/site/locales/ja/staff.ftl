# デスクで働く人。両社の画面で使う。
staff-title = デスクの担当者
staff-lead = デスクを使える人、招待中の人、離れた人です。
staff-works = 利用できます
staff-invited = 招待中（{ $at }まで）
staff-lapsed = 招待の期限が切れています
staff-left = { $at }に離れました
staff-end = 利用を終わらせる
staff-end-what = 別の担当者が承認すると、この人のパスキーとログインはすべて無効になり、この人が申請して承認を待っているものは取り下げられます。これまでの記録は残ります。元には戻せません。
staff-end-button = 申請する
staff-end-of = 担当者の利用の終了：
staff-reason = 理由
staff-reason-hint = 退職、異動、端末の盗難など。記録に残ります。
error-too_few_staff = デスクに二人以上が残る必要があります
    .what = この人が離れると、止めたものを再開できる人がいなくなります。
    .money = お金は動いていません。何も変わっていません。
    .next = 先に代わりの担当者を招待し、パスキーを登録してもらってください。
