"""What goes out to people: an SMTP server that keeps every letter, and the mailbox that shows them with the SMS."""
