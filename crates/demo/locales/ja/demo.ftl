# デモの画面の言葉。

demo-only = デモ：お金も人も架空です
nav-guide = 案内
nav-inbox = 受信箱
nav-card = カード
nav-app = アプリ
nav-phone = 電話
nav-atm = ATM
nav-counter = 窓口

## 案内

guide-title = ようこそ。カヌキを試してみましょう
guide-lead = ウォレット1社と銀行3行が、このパソコンの中だけで動いています。登場人物になって、口座をつなぎ、送金し、身に覚えのない取引を止めてみてください。
guide-passkey = 本物のパスキーを使います
guide-passkey-text = 登録の場面では、この端末の指紋・顔・暗証番号などを求められます。生体情報は端末から外へ出ません。登場人物ごとに、ブラウザーのプロフィールかシークレットウィンドウを分けると混ざりません。
guide-try = 試してみる
guide-step = 手順{ $n }
guide-steps = 手順を見る
guide-places = 行き先
guide-wallet = ウォレット
guide-inbox = 受信箱を開く
guide-who = 登場人物
guide-facts = 氏名・口座・暗証番号
guide-online = インターネットバンキングあり
guide-card-only = 通帳とキャッシュカードだけ
guide-overdraft = 総合口座（定期預金を担保に借りられる）
guide-codes = お渡し済みのコード

who-hanako = はなみずき銀行をよく使う会社員。銀行の窓口でパスキーの登録コードを受け取り、ウォレットをはじめます。
who-ken = みなと信用金庫の口座とキャッシュカードだけを持っています。電話やATMから登録をはじめます。
who-tome = ウォレットは使いません。自分の口座がどこかにつながっていないか、確かめたいと思っています。
who-maria = つばき銀行の口座はカタカナ名義です。カードの氏名はローマ字ですが、ご本人と確かめられます。
who-ichiro = 花子さんの友人。送金の相手になります。
who-shop = 桜台の小さな喫茶店。QRコードで支払いを受け取ります。

who-fact-name = 氏名（カードの表記）
who-fact-kana = カナ
who-fact-born-on = 生年月日
who-fact-address = 住所
who-fact-phone = 電話番号
who-fact-email = メールアドレス
who-fact-card-password = デモ用カードのパスワード
who-fact-card-pin = デモ用カードの暗証番号（利用者証明用）
who-fact-account = { $branch }（{ $code }）普通 { $number }、はじめの残高 { $deposit }、ATMの暗証番号 { $pin }
who-fact-time-deposit = 定期預金 { $deposit }

story-open = 1. ウォレットを開き、本人確認をする
    .lead = 山田花子さんになって、パスキーでウォレットを開き、マイナンバーカード（デモ）で本人確認をします。
story-open-1 = ウォレットを開き、「はじめる」からパスキーを登録します。
story-open-2 = 「本人確認」を選ぶと、カードを読むアプリの画面に移ります。
story-open-3 = 山田花子さんのカードを選び、パスワード HANAKO88 を入力して署名します。
story-open-4 = ウォレットに戻ると、氏名と住所が確認済みになります。カナは自分で入力します。
story-open-go-1 = ウォレットを開く
story-open-go-2 = カードを見る

story-link = 2. 銀行口座をつなぐ
    .lead = 花子さんの、はなみずき銀行の口座をつなぎます。口座番号も暗証番号も、ウォレットには入力しません。
story-link-1 = はなみずき銀行の「パスキーを登録」で「窓口で確かめる」を選びます。出てきた受付番号を窓口に持っていき、受け取ったコードを銀行の画面に入力します。
story-link-2 = ウォレットの「口座をつなぐ」で「はなみずき銀行」をさがします。
story-link-3 = 銀行の画面でサインインし、口座を選びます。
story-link-4 = だれが・いくらまで・どの間隔で・いつまで引き落とせるかを読み、パスキーで署名します。
story-link-5 = はなみずき銀行の受信箱に、お知らせと停止コードが届きます。はじめの24時間は合計¥10,000までです。
story-link-go-1 = はなみずき銀行でパスキーを登録
story-link-go-2 = 窓口へ行く
story-link-go-3 = 口座をつなぐ

story-money = 3. チャージ・送金・支払い・出金
    .lead = つないだ口座からチャージして、使ってみます。田中一郎さんのウォレットも開いておくと、送金の相手になります。
story-money-1 = ¥3,000をチャージします。銀行とウォレット、両方の明細に同じ取引が載ります。
story-money-2 = 「送る」でリンクかQRコードを作り、一郎さんのウォレットで受け取ります。
story-money-3 = 「支払う」で、コーヒー閂のQRコードを読みます。カメラがなければ画像でも読めます。
story-money-4 = 「出金」で、自分の口座へ戻します。
story-money-5 = 明細を開き、残高が1件ずつ合うことを確かめます。CSVでも保存できます。
story-money-go-1 = チャージ
story-money-go-2 = 送る
story-money-go-3 = 支払う
story-money-go-4 = 出金
story-money-go-5 = お店のレジ(QRコード)を開く

story-stop = 4. 「身に覚えがない」を押す
    .lead = お知らせの停止コードだけで、サインインせずに、すべてを一度に止めます。
story-stop-1 = はなみずき銀行の受信箱で、停止コードを見ます。
story-stop-2 = 銀行の停止ページにコードを入力します。お知らせにリンクはありません。
story-stop-3 = 何が起きるかを読み、「止める」を押します。
story-stop-4 = ウォレットでは残高が凍結され、引き落としはすぐに断られます。銀行とウォレットの両方に案件が開きます。
story-stop-5 = 解除には、パスキーと待ち時間と担当者2人が要ります（8番）。
story-stop-go-1 = 銀行の受信箱
story-stop-go-2 = 銀行の停止ページ
story-stop-go-3 = ウォレットの停止ページ

story-card = 5. キャッシュカードしか持っていない人
    .lead = 佐藤健さんになります。電話番号を届け出た電話か、信用金庫のATMから登録をはじめます。
story-card-1 = みなと信用金庫のページで「はじめて使う」を選びます。
story-card-2 = 電話の場合：表示された受付番号を、届け出た電話から入力します。ほかの電話では受け付けません。
story-card-3 = ATMの場合：カードを入れて暗証番号と受付番号を押し、印字されたコードを銀行の画面に入力します。手紙の場合：受信箱に届きます。
story-card-4 = パスキーを登録しても、まだ¥0しか動かせません。連携の画面で、登録に使わなかった方法（手紙、電話、ATM、窓口）を選んで確認すると使えるようになります。
story-card-5 = 14日のあいだ確認がなければ、登録は消えます。返事がないことが同意になることはありません。
story-card-6 = お客さまページには、以前からの契約も3件出ます。「ムカシペイ」に覚えがなければ、その場で止められます。ウォレットの契約は、改めて連携するまで0円です。
story-card-go-1 = みなと信用金庫を開く
story-card-go-2 = 電話をかける
story-card-go-3 = ATMへ行く
story-card-go-4 = 窓口へ行く

story-none = 6. ウォレットを使わない人
    .lead = 鈴木トメさんの立場で、自分の口座が危なくないかを確かめ、届け出ます。
story-none-1 = トメさんになって、はなみずき銀行の「お客さまページ」でパスキーを登録します(電話かATMで本人確認)。
story-none-2 = 口座を引き落とせるウォレットが一つもないことを、銀行の画面で確かめられます。
story-none-3 = 身に覚えのない引き落としは、ウォレットを持っていなくても届け出られます。
story-none-4 = トメさんの口座は定期預金を担保に借りられますが、引き落としが借り入れに届くことはありません。
story-none-go-1 = はなみずき銀行のお客さまページ
story-none-go-2 = 届け出る
story-none-go-3 = 口座が狙われるか点検する

story-latin = 7. ローマ字の氏名
    .lead = マリア・サントスさんで本人確認と連携を試します。銀行には「マリア サントス」とだけ登録されています。
story-latin-1 = SANTOS MARIA さんのカードで本人確認をし、カナに「マリア サントス」と入力します。
story-latin-2 = つばき銀行の口座をつなぎます。カナと、確認済みの住所と生年月日が合えば、ご本人と認められます。
story-latin-3 = 名前をわざと変えてみてください。どの項目が違うかは、だれにも知らされません。
story-latin-go-1 = 口座をつなぐ
story-latin-go-2 = つばき銀行を開く

story-desk = 8. 担当者の机
    .lead = ウォレットと銀行、それぞれの担当者になって、案件を閉じます。
story-desk-1 = 下のコードで、担当者2人のパスキーを登録します。ブラウザーのプロフィールを分けてください。
story-desk-2 = 4番で開いた案件を読みます。案件のないお客さまの情報は、だれも見られません。
story-desk-3 = 1人が解除を申請し、もう1人が承認します。自分の申請は承認できません。
story-desk-4 = 人・口座・提携先・すべて、の停止スイッチを試します。古い連携も止まります。
story-desk-go-1 = ウォレットの机
story-desk-go-2 = 銀行の机

story-thief = 9. 2020年の犯人になってみる
    .lead = 実際に起きた不正を、動いているシステムに対してやり直します。端末で次のコマンドを実行します。
story-thief-1 = kanuki lab run docomo-2020 --policy 2020 --policy default
story-thief-2 = 左の列は当時の決まりです。被害者ひとりにつき¥300,000、月をまたぐと¥600,000が出ていきます。
story-thief-3 = 右の列はカヌキの決まりです。外からの攻撃では¥0で終わります。

codes-lead = 職場で、本人に手渡したことになっているコードです。1回だけ使えます。
codes-staff = 担当者に渡したコード
codes-who = 氏名
codes-where-desk = 職場
codes-wallet-desk = ウォレット
codes-code = コード

## 受信箱

inbox-title = 受信箱
inbox-lead = { $company }が送るはずのメール・SMS・電話・郵便は、すべてここに届きます。外へは何も出ません。
inbox-whose = だれの受信箱
inbox-everyone = 全員
inbox-show = 表示する
inbox-empty = まだ何も届いていません
inbox-empty-text = 口座をつないだり、チャージしたりすると、お知らせがここに届きます。
inbox-mail = メール
inbox-sms = SMS
inbox-phone = 電話
inbox-post = 郵便
inbox-push = 端末への通知

## カード

card-title = マイナンバーカードで署名（デモ）
card-lead = 本物のカードの代わりに、登場人物のカードをここに置いています。
card-how = ウォレットの「本人確認」から来てください
card-how-text = 本人確認をはじめると、署名する内容といっしょに、この画面へ案内されます。
card-real = 本番では、公的個人認証サービスのプラットフォーム事業者のアプリがこの役目をします。ここのカードを信頼するのは、このデモだけです。
card-steps = 署名の手順
card-step-choose = カードを選ぶ
card-step-sign = 署名する
card-step-return = 戻る
card-asked = { $name }から、署名用電子証明書による本人確認を求められています。
card-asked-pin = { $name }から、利用者証明用電子証明書によるログインまたは署名を求められています。
card-which = どのカードを使いますか
card-hold = このカードを読み取る
card-face = { $name }さんのデモ用カード
card-face-title = 個人番号カード（見本）
card-sign-title = 内容を確かめて署名
card-sign-lead = 署名すると、下の4つの情報が署名といっしょに相手に渡ります。
card-sign-lead-pin = 氏名や住所は渡りません。カードがここにあることと、下の内容に署名したことだけが伝わります。
card-signed-what = 署名する内容
card-asked-by = 求めている会社
card-sent-to = 送り先
card-purpose = 目的
card-purpose-identity = 本人確認（今回だけ有効な署名）
card-purpose-authentication = ログイン、または表示された内容への署名（今回だけ有効）
card-digest = 規約の要約値
card-handed-over = 渡す情報（基本4情報）
card-fact-name = 氏名
card-fact-address = 住所
card-fact-born-on = 生年月日
card-fact-sex = 性別
card-sex-female = 女
card-sex-male = 男
card-sex-none = 記載なし
card-terms = 規約の本文
card-text = 署名する文面
card-password = 署名用パスワード（6〜16文字の英数字）
card-password-hint = デモなので書いておきます：{ $password }
card-pin = 利用者証明用の暗証番号（4桁の数字）
card-pin-hint = デモなので書いておきます：{ $password }
card-password-is = 署名用パスワード：
card-pin-is = 利用者証明用の暗証番号：
card-sign = 署名する
card-wrong = パスワードが違います。あと{ $left }回間違えると、このカードは使えなくなります。
card-locked = パスワードを5回間違えたため、このカードは使えません。「カード」の画面で、窓口の代わりに初期化できます。
card-locked-pin = 暗証番号を3回間違えたため、このカードではログインできません。「カード」の画面で、窓口の代わりに初期化できます。
card-locked-badge = ロック中
card-reset = パスワードを初期化する（市区町村の窓口の代わり）
card-return-title = 署名できました
card-signed = { $name }さんのカードで署名しました
card-return-lead = まだ何も送っていません。次のボタンで、証明書と署名を{ $name }に送ります。
card-return = 送信して戻る
card-give-up = やめて戻る

## 電話

phone-title = 電話ボックス
phone-lead = 登場人物の電話から、{ $bank }に電話をかけます。銀行は、番号を届け出た電話かどうかを確かめます。
phone-whose = だれの電話を使いますか
phone-stranger = 知らない人の電話（届け出のない番号）
phone-reference = 受付番号
phone-reference-hint = 銀行の画面に表示された番号です。
phone-call = 電話をかける
phone-accepted = 「受け付けました」
phone-accepted-text = 銀行の画面に戻って、続きへ進んでください。
phone-asks = 「{ $partner }との連携（口座 { $account }）を確認します。ご自身で申し込んだものですか」
phone-asks-text = 申し込んでいないとき、だれかに頼まれて電話したときは、ここで電話を切ります。何も確認されません。
phone-agree = 1を押して確認する
phone-refused = 「受け付けできませんでした」
phone-refused-text = 届け出た電話ではないか、受付番号が違うか、期限が過ぎたか、口座のロックなどで、いまは確認できません。どれなのかは、電話では伝えません。連携の画面でご確認ください。
phone-too-many = 「本日はこれ以上お受けできません」
phone-too-many-text = 同じ電話から続けてかけすぎました。時間をおいてください。

## ATM

atm-title = ATM
atm-lead = { $bank }のATMにキャッシュカードを入れて、登録や確認のコードを受け取ります。暗証番号が使われるのは、このATMの中だけです。
atm-which = どのカードを入れますか
atm-card = { $branch } 普通 { $number }（デモの暗証番号 { $pin }）
atm-pin = 暗証番号（4けた）
atm-pin-hint = 3回続けて間違えると、カードは24時間使えません。
atm-reference = 銀行のページの受付番号（8けた）
atm-reference-hint = この番号のページでだけ、コードが使えます。
atm-insert = カードを入れる
atm-wrong = お取り扱いできません
atm-wrong-text = 暗証番号が違うか、カードが使えなくなっています。
atm-nothing = 印字するものがありません
atm-nothing-text = 受付番号をお確かめください。先に銀行のページで登録をはじめると、受付番号が表示されます。
atm-printed = ご利用明細票
atm-code = コード
atm-confirms = { $partner }との連携（口座 { $account }）を確認するコードです。ご自身で申し込んでいないときは、入力しないでください。
atm-passkey = パスキーを登録するコードです。
atm-printed-text = 銀行のページに入力してください。だれかに電話で聞かれても、絶対に教えないでください。銀行がこのコードをお聞きすることはありません。

## 窓口

counter-title = 窓口
counter-lead = 本人確認の書類を持って、{ $bank }の窓口に行きます。
counter-who = だれが行きますか
counter-reference = 受付番号
counter-reference-hint = パスキーの登録の画面か、確認を待つ連携の画面に出ている番号です。
counter-ask = コードを受け取る
counter-nothing = お渡しできるものがありません
counter-nothing-text = お持ちの受付番号が、ご自身の口座の画面のものかどうか、お確かめください。
counter-handed = お渡しするもの
counter-code = コード
counter-confirms = このコードで、{ $partner }との連携（口座 { $account }）が確認されます。お客さまがお申し込みになったものですね、と係員がたずねます。
counter-passkey = このコードは、受付番号の画面だけで、24時間使えます。その画面はお客さまご自身が開いたものですね、と係員がたずねます。

## 銀行アプリ
app-title = 銀行アプリ
app-lead = { $bank }のアプリです。この端末はだれのスマートフォンですか。
app-how = 使い方
app-how-text = 銀行の画面の「銀行アプリを開く」から、ここが開きます。登録は「はじめて使う」の最後の画面か、ログインした後の「ログインの方法」からできます。
app-whose = だれのスマートフォンですか
app-unlock = アプリを開く
app-sign-title = 内容を確かめてください
app-asked = { $bank }の画面から開かれました。
app-what-enrol = このスマートフォンを登録する
app-what-sign-in = ログインする
app-what-sign = 次の内容に署名する
app-text = 署名する文
app-number = 銀行の画面に出ている番号
app-number-hint = 2桁の数字です。画面を自分で開いていないとき、だれかに番号を言われたときは、進まないでください。
app-sign = 署名する
app-face = ここで顔や指紋、画面ロックの確認があります。
app-no = いいえ、しません
app-refused = 銀行が受け付けませんでした
app-refused-what = 何も署名されていません。お金は動いていません。
app-refused-next = 番号が違う、このスマートフォンが登録されていない、時間が経った、のどれかです。銀行の画面からやり直してください。
