"""Optimizers as graphs: one step with its working in an exam, or many steps compiled by JAX.

``optimizer`` says what an optimizer is; ``first_order`` has those of deep learning; ``newton``,
``conjugate`` and ``quasi_newton`` those for full batches; ``gradients`` changes gradients on the way;
``schedules`` has step sizes that depend on the step.
"""
