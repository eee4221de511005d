"""Collections of documents whose server tells what changes in them."""
