"""What layers do in eager calls only: masks, added losses, compiled repetitions."""
