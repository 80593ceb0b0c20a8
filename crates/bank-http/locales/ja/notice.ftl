# お客さまへのお知らせ。リンクや電話番号は載せない（FT-41）。
notice-mandate_signed-subject = 【{ $bank }】口座の連携がありました
notice-mandate_signed-body =
    { $partner }が、お客さまの口座 { $account } から引き落とせるようになりました。
    内容：{ $terms }
    { $cooling_until }までは、少ない金額に抑えています。

    心当たりがないときは、すぐに止めてください。
    停止コード：{ $stop_code }
    ブックマークや公式アプリから{ $bank }の公式サイトを開き、「身に覚えのない取引を止める」に停止コードを入力します。ログインは要りません。
    このお知らせにリンクはありません。リンクのあるお知らせは偽物です。
notice-mandate_waits-subject = 【{ $bank }】口座の連携の申し込みがありました
notice-mandate_waits-body =
    { $partner }が、お客さまの口座 { $account } からの引き落としを申し込みました。
    お届けの住所に確認コードの手紙をお送りしました。そのコードを{ $bank }のお客さまページで入力するまで、引き落としは0円です。
    入力がなければ、14日で自動的に終わります。
    入力後の内容：{ $terms }
    はじめの3日間は24時間で¥10,000までです。

    心当たりがないときは、すぐに止めてください。
    停止コード：{ $stop_code }
    ブックマークや公式アプリから{ $bank }の公式サイトを開き、「身に覚えのない取引を止める」に停止コードを入力します。ログインは要りません。
    このお知らせにリンクはありません。リンクのあるお知らせは偽物です。
notice-confirm_letter-subject = 【{ $bank }】口座の連携の確認コード
notice-confirm_letter-body =
    { $partner }との連携を確認するコードです。
    確認コード：{ $code }
    { $bank }の公式サイトをブックマークや公式アプリから開いてログインし、連携の画面に入力してください。
    心当たりがないときは、入力しないでください。確認がなければ、連携は自動で終わります。コードはだれにも教えないでください。
notice-letter_returned-subject = 【{ $bank }】確認コードの手紙が届きませんでした
notice-letter_returned-body =
    { $partner }との連携の確認コードをお送りした手紙が、お届けの住所に届かず戻りました。手紙のコードは使えなくなりました。引き落としは0円のままです。
    お届けの住所が古いときは、窓口で変更してください。

    心当たりがないときは、すぐに止めてください。
    停止コード：{ $stop_code }
    ブックマークや公式アプリから{ $bank }の公式サイトを開き、「身に覚えのない取引を止める」に停止コードを入力します。ログインは要りません。
    このお知らせにリンクはありません。リンクのあるお知らせは偽物です。
notice-passkey_added-subject = 【{ $bank }】パスキーが登録されました
notice-passkey_added-body =
    お客さまのお名前で、新しいパスキーが登録されました。

    心当たりがないときは、すぐに止めてください。
    停止コード：{ $stop_code }
    ブックマークや公式アプリから{ $bank }の公式サイトを開き、「身に覚えのない取引を止める」に停止コードを入力します。ログインは要りません。
notice-debited-subject = 【{ $bank }】{ $partner }が{ $amount }を引き落としました
notice-debited-body =
    { $partner }が、口座 { $account } から{ $amount }を引き落としました。

    心当たりがないときは、すぐに止めてください。
    停止コード：{ $stop_code }
    ブックマークや公式アプリから{ $bank }の公式サイトを開き、「身に覚えのない取引を止める」に停止コードを入力します。ログインは要りません。
notice-debit_approved-subject = 【{ $bank }】{ $partner }への{ $amount }の引き落としが承認されました
notice-debit_approved-body =
    口座 { $account } から{ $partner }への{ $amount }の引き落としが、お客さまのパスキーで1回だけ承認されました。

    心当たりがないときは、すぐに止めてください。
    停止コード：{ $stop_code }
    ブックマークや公式アプリから{ $bank }の公式サイトを開き、「身に覚えのない取引を止める」に停止コードを入力します。ログインは要りません。
notice-credited-subject = 【{ $bank }】{ $partner }から{ $amount }の入金がありました
notice-credited-body =
    { $partner }から、口座 { $account } に{ $amount }の入金がありました。

    心当たりがないときは、次の停止コードで連携を止められます。
    停止コード：{ $stop_code }
    ブックマークや公式アプリから{ $bank }の公式サイトを開き、「身に覚えのない取引を止める」に入力します。
notice-caps_raise_asked-subject = 【{ $bank }】引き落としの上限を上げる申し込みがありました
notice-caps_raise_asked-body =
    { $partner }の引き落としの上限を上げる申し込みがありました。待ち時間のあとに変わります。
    変更後：{ $terms }

    心当たりがないときは、すぐに止めてください。
    停止コード：{ $stop_code }
    ブックマークや公式アプリから{ $bank }の公式サイトを開き、「身に覚えのない取引を止める」に停止コードを入力します。
notice-mandate_revoked-subject = 【{ $bank }】口座の連携が終わりました
notice-mandate_revoked-body =
    { $partner }は、口座 { $account } から引き落とせなくなりました。

    ご自身でなさったことでないときは、{ $bank }の公式サイトの「相談・届け出」からお知らせください。
    停止コード：{ $stop_code }
notice-mandate_suspended-subject = 【{ $bank }】口座の引き落としを止めました
notice-mandate_suspended-body =
    { $partner }による、口座 { $account } からの引き落としを止めました。お客さま、ウォレット、または当行の操作によるものです。
    再開するには、当行の2名による確認が必要です。

    停止コード：{ $stop_code }
notice-mandate_released-subject = 【{ $bank }】口座の引き落としを再開しました
notice-mandate_released-body =
    { $partner }による、口座 { $account } からの引き落としを、当行の2名が確認して再開しました。

    心当たりがないときは、すぐに止めてください。
    停止コード：{ $stop_code }
    ブックマークや公式アプリから{ $bank }の公式サイトを開き、「身に覚えのない取引を止める」に停止コードを入力します。
