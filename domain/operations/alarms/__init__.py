"""What operators are alarmed by: rules with limits, who judges them, whom they tell, what makes them quiet."""
