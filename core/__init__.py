"""What helpdesk, training and licensing share; it knows none of them."""
