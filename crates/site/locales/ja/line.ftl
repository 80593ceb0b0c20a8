# 相手からの警報の回線が生きているか。両社の係員の画面で使う。
desk-kind-silent_line = 相手の警報の回線が黙っている
step-line_silent = 相手に合図を三度頼みましたが、返りませんでした。停止や不正の知らせも届きません。合意した連絡先へ電話してください
step-line_back = 回線が戻りました。案件は自動で終わりました
desk-note-line-silent = 相手に合図を三度頼みましたが、返りませんでした。停止や不正の知らせも届きません。合意した連絡先へ電話してください
desk-note-line-back = 回線が戻りました。案件は自動で終わりました
line-title = 相手からの警報の回線
line-lead = およそ一時間ごとに相手へ合図を頼み、警報と同じ道で署名つきで返るかを確かめています。
line-heard = 最後の合図
line-state-lives = つながっている
line-state-silent = 応答なし
line-state-unknown = 確認中
line-silent = { $name }の警報の回線が{ $since }から応答しません
line-silent-what = 相手で止められたものが、こちらに伝わらないおそれがあります。取引は自動では止まりません。合意した連絡先へ電話し、必要ならその会社を止めてください。
