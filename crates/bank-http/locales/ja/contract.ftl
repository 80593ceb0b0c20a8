# 以前からの契約（このサービスより前、または外で結ばれたもの）
contract-and = 、
contract-section = このサービスの外で結ばれた契約
contract-section-lead = 当行の名簿にある、以前からの契約です。ウォレットの契約は、改めて連携されるまで、ここからは0円です。
contract-row = { $account }・{ $kind }・{ $started }
contract-kind = 種類
contract-kind-web = ウォレットなど（Web口座振替受付）
contract-kind-kofuri = 口座振替（公共料金、カードなど）
contract-since = { $day }から
contract-since-unknown = 始まりは名簿では分かりません
contract-started = 始まり
contract-listed = 確かめた名簿の日付
contract-code = 委託者コード
contract-case = 受付番号
contract-elsewhere = このサービスの外で契約
contract-silent = 以前からの契約は、いま表示できません
contract-silent-what = 銀行のシステムから返事がありません。契約はなくなっていません。時間をおいて開き直してください。上の連携は、いまも止められます。
contract-unknown = ここで分からないこと
contract-limits = 名簿で分かるのは、相手と口座だけです。以前のしくみで引き落とされた額は、ここには出ません。通帳でご確認ください。名簿にない契約もありえます。
contract-none = このサービスの外で結ばれた契約は、当行が取り込んだ名簿にはありません。名簿にない契約もありえます。通帳か窓口でもご確認ください。
contract-state-zero = ここでは0円・要確認
contract-state-listed = 契約あり
contract-state-unlisted = 名簿から消えました
contract-state-ended = 終了
contract-state-replaced = 新しい連携に交代
contract-state-holding = 一時停止の手続き中
contract-state-held = 一時停止中
contract-state-stopping = 停止の手続き中
contract-state-stopped = 停止
contract-what-zero = { $listed }の名簿にあります。お客さまが改めて連携するまで、このしくみでは1円も引き落とせません。心当たりがなければ止めてください。
contract-what-kept = { $listed }の名簿にあります。ご自身のものと伺いました。使うには、ウォレットから改めて口座を連携してください。それまで、ここでは0円です。
contract-what-listed = { $listed }の名簿にあります。これまでどおり引き落とされます。
contract-what-unlisted = { $at }の名簿には載っていません。終わったのか、載せ忘れかは分かりません。心当たりがなければ止めてください。
contract-what-ended = { $at }に終わったと名簿にあります（{ $listed }の名簿）。
contract-what-replaced = { $at }に、お客さまが改めて連携したため終わりました。
contract-what-holding = 見守り役の方が{ $at }に止めました。以前のしくみに一時停止を伝えていますが、返事がまだありません。返事があるまでは、通帳もご覧ください。
contract-what-held = 見守り役の方が{ $at }に止めました。以前のしくみでも一時停止していて、引き落とされません。
contract-what-hold-asked = 見守り役の方が{ $at }に止めました。以前のしくみは一時停止できないため、係員がお届けの番号へ電話して、お客さまに確かめます。それまでは引き落とされることがあります。
contract-what-stopping = { $at }に止めました。以前のしくみへも停止を伝えていますが、まだ返事がありません。返事があるまで、通帳もご確認ください。
contract-what-stopped = { $at }に止めました。以前のしくみでも止まっています。
contract-what-by-hand = { $at }に停止を受け付けました。この契約は係員が手続きします。終わるまで引き落とされることがあります。
contract-what-stopped-by-people = { $at }に停止を受け付け、係員の手続きも終わりました。
contract-stop = この契約を止める
contract-stop-for-good = この契約を終わらせる
contract-held-title = 見守り役の方が止めた契約です
contract-held-holder = 契約は終わっていません。要らないもの、覚えのないものは、下のボタンで終わらせてください。続けたいときは、銀行に電話するか窓口でお申し付けください。係員2名の確認で元に戻ります。
contract-held-delegate = お客さまにお知らせしました。終わらせるか、元に戻すかは、お客さまが決めます。急ぐときは、お客さまから銀行に電話してもらってください。
contract-keep = 自分の契約です
contract-keep-hint = お答えを控えるだけで、引き落とせるようにはなりません。
contract-know = この画面で分かること、分からないこと
contract-know-amounts = 以前のしくみで、いつ、いくら引き落とされたかは分かりません。通帳の行をご覧ください。
contract-know-name = 相手の名前は名簿のままです。集金を代わりに行う会社の名前のこともあります。
contract-know-again = 続けて使うときは、ウォレットの画面から同じ口座を改めて連携してください。連携が終わると、この契約は自動で終わります。
contract-done-kept = 控えました
    .what = 引き落としは、改めて連携するまで0円のままです。
contract-done-held = 止めました
    .what = お客さまにお知らせしました。以前のしくみの返事は、この画面に表示されます。
contract-done-stopped = 止めました
    .what = ここではただちに効きます。以前のしくみからの返事は、この画面に出ます。
contract-hold = { $who }との契約を一時停止する
contract-hold-button = 一時停止する
contract-hold-now = 以前のしくみに、引き落としの一時停止を伝えます。返事があるまで繰り返します。契約は終わりません。
contract-hold-people = 以前のしくみが一時停止できないときは、係員がお客さまに電話して確かめます。それまでは引き落とされることがあります。
contract-hold-back = お客さまにすぐお知らせします。終わらせるのはお客さまです。続けるときは、お客さまが望めば、係員2名の確認で元に戻ります。
contract-end = { $who }との契約を止めます
contract-end-lead = 押すと、次のことが起こります。
contract-end-now = このしくみでは、すぐに止まります。
contract-end-core = 以前のしくみ（Web口座振替受付）にも停止を伝え、返事があるまで繰り返します。
contract-end-people = 口座振替を扱う係に伝えます。係員の手続きが終わるまで、引き落とされることがあります。
contract-end-collector = 料金の支払いが残っているときは、相手の会社に別の支払い方法をお尋ねください。
stop-contracts = { $who }による、以前からの契約の引き落とし
stop-contracts-now = この手紙に書かれた契約を、すべて止めます。
stop-contracts-elsewhere = 以前のしくみにも停止を伝え、返事があるまで繰り返します。
stop-contracts-case = 当行で調査を始め、受付番号をお渡しします。
notice-contract_stopped-subject = 【{ $bank }】{ $collector }との以前の契約を止めました
notice-contract_stopped-body =
    お客さまの口座 { $account } の、{ $collector }との以前の契約を止めました。
    以前のしくみにも停止を伝えています。結果は{ $bank }のお客さまページで確かめられます。
    心当たりがないときは、{ $bank }の公式サイトをブックマークや公式アプリから開いてお知らせください。
    このお知らせにリンクはありません。リンクのあるお知らせは偽物です。
notice-contract_held-subject = 【{ $bank }】見守り役の方が、{ $collector }との以前の契約を止めました
notice-contract_held-body =
    お客さまの口座 { $account } の、{ $collector }との以前の契約を、見守り役の方が止めました。契約は終わっていません。
    以前のしくみに一時停止を伝えています。一時停止できないときは、係員がお届けの番号へ電話して確かめます。
    要らないものは、{ $bank }のお客さまページで終わらせてください。続けるときは、{ $bank }に電話するか窓口でお申し付けください。
    このお知らせにリンクはありません。リンクのあるお知らせは偽物です。
notice-contract_resumed-subject = 【{ $bank }】{ $collector }との以前の契約が元に戻りました
notice-contract_resumed-body =
    お客さまのお申し出により、口座 { $account } の、{ $collector }との以前の契約を、係員2名の確認で元に戻しました。以前のしくみで、また引き落とされることがあります。
    心当たりがないときは、すぐに、通帳やカードに書かれた番号で{ $bank }に電話するか、お客さまページで止めてください。
    このお知らせにリンクはありません。リンクのあるお知らせは偽物です。
notice-contract_letter-subject = 【{ $bank }】以前からの口座の契約をお確かめください（{ $reference }）
notice-contract_letter-body =
    次の会社が、お客さまの口座から引き落とす契約になっています。
    { $contracts }

    2020年に、身に覚えのない契約で引き落とされる事件がありました。当行では、お客さまが改めて連携するまで、これらの契約では1円も引き落とせないようにしています。お返事がなければ、0円のままです。

    使っている契約は、ウォレットの画面から同じ口座を改めて連携してください。
    使っていない、または覚えのない契約は、止めてください。
    停止コード：{ $stop_code }
    ブックマークや公式アプリから{ $bank }の公式サイトを開き、「身に覚えのない取引を止める」に停止コードを入力します。ログインは要りません。
    暗証番号や残高をお尋ねすることはありません。この手紙にリンクはありません。リンクのある手紙やメールは偽物です。
    手紙の番号：{ $reference }

## 行員
desk-kind-contract = 以前の契約の停止
desk-nav-contracts = 以前の契約
held-title = 見守り役が止めた契約
held-lead = 契約は終わっていません。続けるのは、届け出の番号にかけ直すか窓口で、預金者本人が望んだときだけです。見守り役や会社の求めでは戻しません。終わらせるときは、本人の電話の手続きで止めます。
held-reason = 本人の申し出
held-reason-hint = いつ、どうやって本人と確かめたか。口座番号や名前は書かないでください。
held-ask = 元に戻す承認を申請する
held-approval = 見守り役が止めた契約を元に戻す：
step-contract_resume_asked = 止めた契約を元に戻す承認を申請しました
contracts-title = 以前の契約
contracts-lead = このサービスの外で結ばれた契約の名簿、お客さまへの手紙、確認の進み具合です。
contracts-progress = 進み具合
contracts-chart = ウォレットの契約 { $wallets } 件のうち
contracts-count = 件数
contracts-table = 数字を表で見る
contracts-bar-written = 送付
contracts-bar-replaced = 再連携
contracts-bar-kept = 本人の契約
contracts-bar-stopped = 停止
contracts-bar-returned = 返送
contracts-bar-silent = 返事なし
contracts-silent-note = 返事のない契約は、いつまでも0円のままです。
contracts-waiting = まだ送っていない
contracts-no-address = 宛先なし（口座が見つからない、住所がない）
contracts-ended = 名簿で終了
contracts-others = 口座振替（手紙の対象外）
contracts-counted = 数えた日時
contracts-letters = 手紙
contracts-running = 送付中
contracts-paused = 休止中
contracts-written = これまでに { $total } 通。残り { $waiting } 件。
contracts-letters-note = 届け出の住所に、転送不要で送ります。一人に一通です。サインインのリンクは載せません。
contracts-per-day = 一日の上限（通）
contracts-per-day-hint = 日本の暦の一日で数えます。多くて { $most } 通。
contracts-start = 送り始める・上限を変える
contracts-pause = 休止する
contracts-reference = 戻ってきた手紙の番号
contracts-reference-hint = 封筒と手紙の最後にある10文字です。
contracts-returned = 返送として記録する
contracts-lists = 取り込んだ名簿
contracts-lists-none = 名簿はまだありません。
contracts-list = { $kind }・{ $day }の名簿
contracts-kind = 種類
contracts-kind-web = Web口座振替受付（ウォレットなど）
contracts-kind-kofuri = 口座振替
contracts-rows = 件数
contracts-changes = 違い
contracts-diff = 新規 { $fresh }・変更 { $described }・終了 { $ended }・名簿から消えた { $unlisted }・停止済みなのに有効 { $contradicted }
contracts-brought = 持ち込み
contracts-state-waiting = もう一人の承認待ち
contracts-state-applying = 取り込み中
contracts-state-done = 完了
contracts-state-declined = 取り下げ
contracts-accept = 取り込みを承認する
contracts-decline = 取り下げる
contracts-upload = 名簿を持ち込む
contracts-upload-lead = 一人が持ち込み、別の一人が承認すると取り込まれます。一行でも誤りがあれば、全体を受け付けません。
contracts-file = ファイル
contracts-file-hint = CSV（UTF-8かShift_JIS）、または全銀の口座振替レコード（91）。6MBまで。大きなものは運用担当が取り込みます。表計算ソフトで開いて保存し直さないでください。
contracts-day = 名簿の日付
contracts-day-hint = 全銀レコードには年がないため、そのときだけ入力します。
contracts-branches = 新しい店番
contracts-branches-hint = 店舗一覧より新しい支店があれば、3桁で、カンマで区切って入力します。
contracts-check = 確かめて承認を依頼する
contracts-done-uploaded = 確かめました。別の行員の承認を待っています。
contracts-done-accepted = 承認しました。まもなく取り込まれます。
contracts-done-declined = 取り下げました。
contracts-done-mailing = 変更しました。
contracts-done-returned = 返送を記録しました。契約は0円のままです。
contracts-refused = 受け付けませんでした
contracts-refused-nothing = 何も変わっていません。お客さまの画面もお金も、前のままです。直したファイルを持ち込んでください。
contracts-wrong = { $line }行目：{ $why }
contracts-older = { $day }の名簿をすでに取り込んでいます。それより古い名簿は取り込めません。
contracts-future = { $day }時点の名簿と書かれていますが、まだ来ていない日です。取り込むと、その後の名簿がすべて古いものとして扱われてしまいます。
contracts-busy = 同じ種類の別の名簿を取り込んでいる途中です。終わってから持ち込んでください。
register-fault-io = ファイルを読めません。
register-fault-not_a_register = 名簿ではありません。先頭がKANUKI-REGISTERでも、種別91のヘッダーでもありません。
register-fault-utf16 = 文字コードがUTF-16です。UTF-8かShift_JISで書き出してください。
register-fault-control = 1行目の形が違います。
register-fault-other_kind = ファイルの種類が、選んだ種類と違います。
register-fault-other_bank = 他の銀行のものか、金融機関コードの頭の0が失われています。
register-fault-no_date = この形式には年がありません。名簿の日付を入力してください。
register-fault-headings = 見出しが足りないか、重複しているか、知らないものです。
register-fault-encoding = 前の行と文字コードが違います。別のソフトで保存し直していませんか。
register-fault-too_long = 行が終わりません。引用符が欠けていませんか。
register-fault-cells = 項目の数が見出しと合いません。
register-fault-cell = 「{ $field }」の値が正しくありません。
register-fault-spreadsheet = 「{ $field }」の桁が足りません。表計算ソフトは頭の0を消します。書き出し直し、開かずに持ち込んでください。
register-fault-date = 「{ $field }」が日付ではありません。
register-fault-date_order = 「{ $field }」が、ほかの日付と合いません。
register-fault-unknown_branch = 「{ $field }」の支店が店舗一覧にありません。新しい支店なら「新しい店番」に入力してください。
register-fault-duplicate = 同じ契約が前の行にあります。
register-fault-count = 件数が、先頭やトレーラーの数と違います。末尾が欠けていませんか。
register-fault-record = 全銀レコード91の形になっていません。
register-fault-too_many = 行が多すぎます。
