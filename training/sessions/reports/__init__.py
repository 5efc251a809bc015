"""Reading attendance reports of conferencing products. Pure: bytes and answers in, people and times out."""
