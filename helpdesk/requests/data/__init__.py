"""Custom data requests: whether the CoC must approve, the place in the queue, by when, and every decision."""
