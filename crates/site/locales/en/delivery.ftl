# Notices that did not arrive, in the history of a case.
desk-kind-unreached = A notice that arrives nowhere
step-unreached = It reached none of the contacts on file. Tell them by telephone or at a counter. Kind of notice:
desk-note-unreached = It reached none of the contacts that we have. Tell them another way. Kind of notice: { $about }
step-leak_untold = What follows from a leak is over, and no contact could be told. Tell them by telephone or at a counter
desk-note-leak-untold = What follows from a leak is over, and no contact could be told. Tell them by telephone or at a counter
