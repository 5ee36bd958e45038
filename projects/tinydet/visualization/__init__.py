"""What users see of a detector: pictures, curves and files of predictions."""
