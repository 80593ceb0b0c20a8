# Whether a partner's line to us lives, at the desks of both companies.
desk-kind-silent_line = A partner's line is silent
step-line_silent = A word was asked for three times and did not come back. Stops and alarms would not arrive either. Call the contact that you agreed on
step-line_back = The line is back. The case ended by itself
desk-note-line-silent = A word was asked for three times and did not come back. Stops and alarms would not arrive either. Call the contact that you agreed on
desk-note-line-back = The line is back. The case ended by itself
line-title = Lines of partners to us
line-lead = About once an hour we ask each partner for a word, and see whether it comes back signed and by the way of the alarms.
line-heard = Last word
line-state-lives = Lives
line-state-silent = No answer
line-state-unknown = Not known yet
line-silent = The line of { $name } does not answer since { $since }
line-silent-what = What is stopped there may not reach us. Nothing stops here by itself. Call the contact that you agreed on, and stop the company if you have to.
