"""How labels are found that contradict what networks predict for images they have not seen."""
