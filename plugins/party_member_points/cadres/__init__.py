"""Seconded cadres (下沉干部): the ledger of each post, and the status fed back to the sending unit."""
