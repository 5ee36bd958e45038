"""What a person does with data before and after a training: convert, filter, split, look."""
