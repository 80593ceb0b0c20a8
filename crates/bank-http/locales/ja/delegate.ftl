# 見守り役：口座を見て、止めることだけができる人
delegate-link = 見守り役の方
nav-delegate = 見守り役
by-delegate = 見守り役
lock-by-delegate = { $at }に、見守り役がロックしました。
delegate-banner = 見守り役の画面です
delegate-banner-what = 見ること、止めること、ロックすること、上限を下げることができます。なさったことは、すぐにご本人へお知らせします。
delegate-stop-now = いますぐ、この会社は引き落とせなくなります。お金はご本人の口座に残ります。
delegate-stop-told = ご本人のお届けの連絡先すべてと、ウォレットにお知らせします。
delegate-stop-back = ご本人が望むときは、係員2名の確認で元に戻せます。
delegate-not-kofuri = 公共料金や家賃などの口座振替は、ご本人だけが止められます。
done-paused = 引き落としを止めました
    .what = この会社は、いまは引き落とせません。ご本人にお知らせしました。
delegates-title = 家族に見守ってもらう
delegates-body = 家族などに、引き落としを見て、おかしなときに止めてもらえます。お金は動かせません。
delegates-open = 見守り役
delegates-lead = 見守り役は、自分の端末とパスキーで、お客さまの口座の連携を見て、止めることができます。3人までです。
delegates-can = 見守り役にできること
delegates-can-see = どの会社が引き落とせるか、いくら引き落とされたか、だれが申し込んだかを見る。
delegates-can-stop = 連携を止める、新しい連携をロックする、上限を下げる。そのたびに、お客さまにお知らせします。
delegates-cannot = お金を動かす、つなぐ、上限を上げる、ロックを解く、連絡先を変えることはできません。残高は見えません。
delegates-year = 1年で自動的に終わります。お客さまは、いつでもすぐに終わりにできます。
delegates-full = 見守り役は3人までです。ほかの人に頼むときは、先に一人を終わりにしてください。
delegates-passkey = 見守り役に頼むには、パスキーかマイナンバーカードでのログインが要ります。お使いでない方は、銀行に電話するか、窓口でお申し付けください。
delegates-invite = 見守り役に頼む
delegates-label = 呼び名
delegates-label-hint = 「長女」など、20文字まで。お知らせに出ます。
delegates-label-wrong = 呼び名を20文字までで入力してください。
delegates-tell = 銀行からお知らせがあったことを、この人にも伝える
delegates-nobody-asks = 銀行や警察を名のる人に言われて頼まないでください。係員がお願いすることはありません。
delegates-name = { $label }（{ $number }）
delegates-invited = 招待中
delegates-active = 見守り中
delegates-lapsed = 期限が来ました
delegates-ended = 終わりました
delegates-until = 招待コードは{ $at }まで使えます
delegates-since = { $since }から{ $at }まで
delegates-ended-at = { $at }に終わりました
delegates-told = お知らせがあったことは、この人にも伝わります。
delegates-not-told = お知らせは、この人には伝わりません。
delegates-end = 見守りを終わりにする
delegates-renew = もう1年続ける
delegates-past = 終わった見守り
delegates-done-ended = 見守りを終わりにしました
    .what = この人は、もう何も見られず、何もできません。
delegates-done-renewed = もう1年続けます
    .what = お届けの連絡先すべてにお知らせしました。
delegates-check = 見守り役に頼みますか
delegates-check-lead = 次の内容に署名します。お届けの連絡先すべてにお知らせします。
delegates-sign-can = 口座の連携を見る、止める、ロックする、上限を下げる。お金は動かせません。
delegates-how-long = いつまで
delegates-sign-year = 始めてから1年。いつでも終わりにできます。
delegates-sign = パスキーで頼む
delegates-leave = やめる
delegates-coached = だれかに言われて頼もうとしていませんか
delegates-coached-what = よく知らない人を見守り役にすると、口座がどこにつながっているかを知られます。ご自身で選んだ家族などのときだけ、お進みください。
delegates-code-title = 招待コードを渡してください
delegates-code-lead = このコードは、この画面に一度だけ出ます。
delegates-code = 招待コード
delegates-code-one = 見守ってもらう人に、直接このコードを渡します。
delegates-code-two = その人が、自分の端末で当行のページの「見守り役の方」を開き、コードを入力します。
delegates-code-until = { $at }まで、1回だけ使えます。
delegates-code-done = 渡しました
delegate-title = 見守り役
delegate-lead = 頼まれた方の口座の連携を見て、おかしなときに止めることができます。
delegate-number = 見守りの番号
delegate-from = 始まり
delegate-until = 自動的に終わる日時
delegate-can = できること
delegate-can-see = どの会社が引き落とせるか、いくら引き落とされたか、だれが申し込んだかを見る。
delegate-can-stop = 連携を止める、新しい連携をロックする、上限を下げる。
delegate-cannot = お金を動かす、つなぐ、上限を上げる、ロックを解く、連絡先を変えることはできません。残高は見えません。
delegate-holder-told = なさったことは、すべてご本人にお知らせします。ご本人は、いつでも見守りを終わりにできます。
delegate-told = ご本人にお知らせがあったことを、ご登録の連絡先に伝えます。
delegate-not-told = ご本人へのお知らせがあったことは、伝わりません。ときどきご覧ください。
delegate-open = 口座の連携を見る
delegate-leave = 見守り役をやめる
delegate-leave-what = やめると、すぐに何も見られなくなります。ご本人にお知らせします。
delegate-sign-in = 見守り役のログイン
delegate-sign-in-lead = 見守り役として登録したパスキーでログインします。
delegate-have-code = 招待コードをお持ちの方
delegate-join = 見守り役になる
delegate-join-lead = 口座をお持ちの方から受け取った招待コードを入力し、この端末にパスキーを作ります。
delegate-join-code = 招待コード
delegate-join-code-wrong = このコードは使えません。まちがい、使用ずみ、期限切れのどれかです。口座をお持ちの方に確かめてください。
delegate-join-to = お知らせを受け取るメールアドレスか電話番号
delegate-join-to-hint = 口座をお持ちの方も望んだときだけ、お知らせがあったことをお送りします。
delegate-join-to-wrong = メールアドレスか電話番号の形になっていません。
delegate-join-optional = なくても構いません
delegate-join-careful = 知らない人からのコードを入力しないでください
delegate-join-careful-what = ここで求められるのは、この端末のパスキーだけです。暗証番号や口座番号をお聞きすることはありません。
delegate-join-passkey = パスキーを作る
delegate-join-passkey-lead = このパスキーは、見守るためだけのものです。
delegate-join-passkey-what = 作ると、口座をお持ちの方のお届けの連絡先すべてにお知らせします。
stop-delegate = お客さまの口座の見守り役
stop-delegate-now = この人は、すぐに何も見られなくなり、何もできなくなります。
stop-delegate-links = 続いている連携は止まりません。止めるには、連携のお知らせの停止コードをお使いください。
delegate-act-stop_all = ウォレットの連携をすべて止め、すべての口座をロックしました。公共料金などの口座振替、カード、ATMは止まっていません。
delegate-act-stop = 連携を1つ止めました。係員2名の確認で元に戻せます。
delegate-act-stop_contract = 以前に結ばれたウォレットの契約を1つ止めました。契約は終わっていません。係員2名の確認で元に戻せます。
delegate-act-lock = 口座を1つ、新しい連携に対してロックしました。
delegate-act-lower = 連携の上限を1つ下げました。
watched-topic-money = 引き落とし・入金
watched-topic-approval = 引き落としの承認
watched-topic-lock = 口座のロック、連携の申し込み
watched-topic-access = パスキー、連絡先、口座を見る画面
watched-topic-link = 口座の連携
notice-delegate_invited-subject = 【{ $bank }】見守り役の招待がありました
notice-delegate_invited-body =
    「{ $label }」と呼ぶ人を、お客さまの口座の見守り役に招待しました。見守り役は、口座の連携を見て、止めることだけができ、お金は動かせません。

    心当たりがないときは、すぐに止めてください。
    停止コード：{ $stop_code }
    ブックマークや公式アプリから{ $bank }の公式サイトを開き、「身に覚えのない取引を止める」に停止コードを入力します。ログインは要りません。
    このお知らせにリンクはありません。リンクのあるお知らせは偽物です。
notice-delegate_joined-subject = 【{ $bank }】見守りが始まりました
notice-delegate_joined-body =
    「{ $label }」が、お客さまの口座の見守り役になりました。{ $ends_at }に自動的に終わります。

    心当たりがないときは、すぐに止めてください。
    停止コード：{ $stop_code }
    ブックマークや公式アプリから{ $bank }の公式サイトを開き、「身に覚えのない取引を止める」に停止コードを入力します。ログインは要りません。
    このお知らせにリンクはありません。リンクのあるお知らせは偽物です。
notice-delegate_renewed-subject = 【{ $bank }】見守りをもう1年続けます
notice-delegate_renewed-body =
    見守り役「{ $label }」は、お客さまの署名またはお申し付けにより、{ $ends_at }まで続きます。

    心当たりがないときは、すぐに止めてください。
    停止コード：{ $stop_code }
    ブックマークや公式アプリから{ $bank }の公式サイトを開き、「身に覚えのない取引を止める」に停止コードを入力します。ログインは要りません。
notice-delegate_acted-subject = 【{ $bank }】見守り役が手続きをしました
notice-delegate_acted-body =
    見守り役「{ $label }」の{ $at }の手続きです。{ $act }
    お金は口座にあります。

    この人に頼んだ覚えがないときや、もう頼まないときは、見守りを終わりにできます。
    停止コード：{ $stop_code }
    ブックマークや公式アプリから{ $bank }の公式サイトを開き、「身に覚えのない取引を止める」に停止コードを入力します。ログインは要りません。
    このお知らせにリンクはありません。リンクのあるお知らせは偽物です。
notice-delegate_began-subject = 【{ $bank }】見守り役の手続きが途中で止まりました
notice-delegate_began-body =
    見守り役「{ $label }」が{ $at }に始めた手続きが、銀行のシステムの都合で、最後まで終わったか確かめられません。始めた手続き：{ $act }
    お金は口座にあります。いまの状態は、{ $bank }のお客さまページか、通帳やカードに書かれた番号への電話で確かめられます。

    この人に頼んだ覚えがないときや、もう頼まないときは、見守りを終わりにできます。
    停止コード：{ $stop_code }
    ブックマークや公式アプリから{ $bank }の公式サイトを開き、「身に覚えのない取引を止める」に停止コードを入力します。ログインは要りません。
    このお知らせにリンクはありません。リンクのあるお知らせは偽物です。
notice-delegate_ends-subject = 【{ $bank }】見守りが、まもなく終わります
notice-delegate_ends-body =
    見守り役「{ $label }」の見守りは、{ $ends_at }に自動的に終わります。
    続けるときは、{ $bank }のお客さまページの「家族に見守ってもらう」で「もう1年続ける」を押して署名するか、通帳やカードに書かれた番号に電話してください。何もしなければ終わります。お金には関係ありません。

    もう頼まないときは、いますぐ終わりにできます。
    停止コード：{ $stop_code }
    ブックマークや公式アプリから{ $bank }の公式サイトを開き、「身に覚えのない取引を止める」に停止コードを入力します。ログインは要りません。
    このお知らせにリンクはありません。リンクのあるお知らせは偽物です。
notice-delegate_ended-subject = 【{ $bank }】見守りが終わりました
notice-delegate_ended-body =
    見守り役「{ $label }」は、お客さまの口座を見ることも、止めることもできなくなりました。
notice-delegate_letter-subject = 【{ $bank }】見守り役の招待コード（本人限定受取）
notice-delegate_letter-body =
    お電話または窓口でのお申し付けにより、見守り役「{ $label }」の招待コードをお送りします。
    招待コード：{ $code }
    見守ってもらう人に直接渡してください。その人が、自分の端末で{ $bank }の公式サイトの「見守り役の方」を開いて入力します。14日以内に1回だけ使えます。
    見守り役は、口座の連携を見て、止めることだけができ、お金は動かせません。
    心当たりがないときは、この手紙を破り、通帳やカードに書かれた番号で{ $bank }に電話してください。電話や係員がコードをお聞きすることはありません。
notice-watched-subject = 【{ $bank }】見守っている口座について
notice-watched-body =
    見守っている口座について、「{ $topic }」のお知らせをご本人にお送りしました。
    ブックマークや公式アプリから{ $bank }の公式サイトを開き、「見守り役の方」からログインすると、内容を見て、止めることができます。
    このお知らせにリンクはありません。リンクのあるお知らせは偽物です。
# お知らせの設定
alerts-title = お知らせの設定
alerts-body = どの引き落としをお知らせするか、断った申し込みもお知らせするかを決められます。
alerts-open = お知らせの設定
alerts-lead = お知らせを増やすことは、すぐにできます。減らすには、パスキーの署名が要ります。
alerts-always = いつもお知らせすること
alerts-always-what = 連携の申し込み、新しい連携、停止、上限の変更、ロック、パスキー、連絡先の変更、見守り役のことは、いつもお届けの連絡先すべてにお知らせします。止めることはできません。
alerts-debits = 引き落としのお知らせ
alerts-debits-hint = はじめての引き落としと、小さな引き落としが重なってこの額に届いたときは、いつもお知らせします。
alerts-each = 1件ごと
alerts-from = { $amount }から
alerts-where = 引き落としのお知らせの送り先
alerts-where-hint = 連携や停止など、大切なお知らせは、ここで何を選んでも、お届けの連絡先すべてに届きます。
alerts-where-every = お届けの連絡先すべて
alerts-where-email = メールだけ
alerts-where-phone = 電話番号（SMS）だけ
alerts-attempts = 断った連携の申し込みや引き落としがあったときもお知らせする（24時間に1回まで）
alerts-attempts-short = 断った申し込みのお知らせ
alerts-told = お知らせする
alerts-not-told = お知らせしない
alerts-less = お知らせを減らすときは、次の画面でパスキーで署名します。
alerts-choose = この内容にする
alerts-done = お知らせの設定を変えました
alerts-done-what = すぐに効きます。
alerts-check = お知らせを減らしますか
alerts-check-lead = 次の内容に署名します。減らしたことは、お届けの連絡先すべてにお知らせします。
alerts-sign = パスキーで減らす
alerts-keep = いまのままにする
notice-alerts_lowered-subject = 【{ $bank }】お知らせの設定が減りました
notice-alerts_lowered-body =
    お客さまの署名で、引き落としなどのお知らせを減らしました。新しい連携や停止など、大切なお知らせは、これからもお送りします。

    心当たりがないときは、すぐに止めてください。署名に使われたパスキーが使えなくなり、お知らせは元に戻ります。
    停止コード：{ $stop_code }
    ブックマークや公式アプリから{ $bank }の公式サイトを開き、「身に覚えのない取引を止める」に停止コードを入力します。ログインは要りません。
    このお知らせにリンクはありません。リンクのあるお知らせは偽物です。
notice-attempt_refused-subject = 【{ $bank }】お断りした申し込みがありました
notice-attempt_refused-body =
    { $partner }から、お客さまの口座への連携または引き落としの申し込みがあり、お断りしました。お金は動いていません。
    同じお知らせは、24時間に1回までです。くわしくは、{ $bank }のお客さまページの「申し込みの記録」と連携の画面をご覧ください。
    このお知らせにリンクはありません。リンクのあるお知らせは偽物です。
notice-debits_added_up-subject = 【{ $bank }】{ $partner }の小さな引き落としが{ $sum }になりました
notice-debits_added_up-body =
    { $partner }が、口座 { $account } から{ $amount }を引き落としました。前のお知らせのあとの小さな引き落としが、これで{ $count }件、合わせて{ $sum }になりました。

    心当たりがないときは、すぐに止めてください。
    停止コード：{ $stop_code }
    ブックマークや公式アプリから{ $bank }の公式サイトを開き、「身に覚えのない取引を止める」に停止コードを入力します。ログインは要りません。
    このお知らせにリンクはありません。リンクのあるお知らせは偽物です。
notice-link_asked-subject = 【{ $bank }】{ $partner }から連携の申し込みがありました
notice-link_asked-body =
    お客さまのパスキーなどでログインした画面から、{ $partner }との口座の連携が申し込まれました。まだ、つながっていません。お金は動いていません。
    お客さまの署名があってはじめてつながり、そのときは、もう一度お知らせします。

    心当たりがないときは、すぐに止めてください。ログインに使われたパスキーなどと、その登録より後の連携が止まります。
    停止コード：{ $stop_code }
    ブックマークや公式アプリから{ $bank }の公式サイトを開き、「身に覚えのない取引を止める」に停止コードを入力します。ログインは要りません。
    このお知らせにリンクはありません。リンクのあるお知らせは偽物です。
# 月に一度の手紙
month-taken = ・{ $partner }　{ $count }回　合わせて{ $sum }
month-taken-sum = 　合計　{ $sum }
month-taken-none = ありませんでした。
month-linked = ・{ $partner }（口座 { $account }、{ $until }まで）
month-linked-stopped = ・{ $partner }（口座 { $account }、いまは止まっています）
month-linked-elsewhere = ・{ $partner }（口座 { $account }、以前の契約です）
month-linked-none = ありません。
month-locked = ・口座 { $account }
month-locked-none = ありません。
notice-monthly_letter-subject = 【{ $bank }】{ $month }の口座のお知らせ
notice-monthly_letter-body =
    電話番号とメールアドレスのお届けがない方に、月に一度、口座の連携のようすを手紙でお知らせしています。

    { $month }に、連携した会社がお客さまの口座から引き落としたお金：
    { $taken }

    いま、お客さまの口座とつながっている会社：
    { $linked }

    新しい連携をロックしている口座：
    { $locked }

    公共料金やカードなど、ほかの口座振替は、この手紙には載りません。通帳をご覧ください。
    心当たりのないものがあれば、通帳やカードに書かれた番号で{ $bank }に電話してください。係員がすぐに止めます。
    この手紙にお返事はいりません。暗証番号やコードをお聞きすることはありません。
