"""The whole engine, in simulated time, on a paper terminal whose prices, answers and disk the tests hold in their hands."""
