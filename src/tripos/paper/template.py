"""The paper that ``tripos new`` writes: short, commented, without findings."""

TEMPLATE = r"""---
title: My first paper
course: Deep learning
date: 2030-06-01
minutes: 30
points: 24
conventions:
  bias: counted
  log: e
---

<!-- A paper is one Markdown file. Check it with: tripos check. Print its worked solution with: tripos solve.
     Comments like this one are for its authors; they are not printed. -->

Answer all questions. Where a question asks you to compute, show how.

# A few layers {points=24}

<!-- A heading of level 1 is a part, level 2 a question, level 3 a question within a question. Points add up
     from the lowest headings to the front matter. -->

## A logistic unit {#unit points=8}

A logistic unit with weights $\mathbf w = {{w}}$ and bias $b = {{b}}$ receives the input $\mathbf x = {{x}}$.

<!-- A given block holds the data; the text prints values from it between double braces. Another version of
     the paper draws its own x from the domain that vary names. -->

```given
w = vector(1, -2)
b = 1
x = vary(vector(3, 2), integers(-3, 3))
```

### Forward {#forward points=3}

<!-- A blank is a place to write, and says what should stand there: an expression between double brackets. -->

It computes $z =$ [[z]] and puts out $\sigma(z) =$ [[p]].

<!-- A working is the solution: each line a line, each comment the sentence before it. The names of the
     question above are known here. -->

```working
# Weigh the inputs and add the bias.
z = w @ x + b
# The logistic function turns the sum into a probability.
p = sigmoid(z)
```

### One step of SGD {#step points=5}

The example is positive, and its loss is $L = -\log \sigma(z)$. After one step of stochastic gradient descent
with step size $\eta = {{eta}}$ the parameters are $\mathbf w_\text{new} =$ [[w_new | points=4]] and
$b_\text{new} =$ [[b_new | points=1]].

```given
eta = 2
```

```working
L = nll(sigmoid(z), +1)
# Backpropagate from the loss to the parameters.
dw, db = grad(L, [w, b])
# Step against the gradient.
w_new = w - eta * dw
b_new = b - eta * db
```

<!-- A published key comes from elsewhere, such as last year's paper. If it is wrong, check says so. -->

```published
w_new = [4, 0]
b_new = 2
```

## A convolution {#convolution points=4}

A convolution with {{filters}} filters of ${{k}}\times{{k}}$ reads RGB images of ${{n}}\times{{n}}$ pixels
(stride 1, no padding). Its output has the size [[size]], channels last, and it has [[count]] parameters.

```given
n, channels = 32, 3
filters, k  = 8, 5
```

```working
# The filter fits this many times along a side:
side = n - k + 1
size = dims(side, side, filters)
# Each filter has one weight for each entry, and one bias.
count = parameters(Conv2d(channels, filters, k))
```

## Pooling {#pooling points=4 answer=y}

<!-- Each option is read like an answer and compared with the value of y. A wrong tick is an error. -->

Average pooling with a ${{k}}\times{{k}}$ window and a stride of ${{s}}$ receives
$$\mathbf X = {{X}}.$$
What does it put out?

```given
X    = matrix("1 3 0 2; 1 3 4 2")
k, s = 2, 2
```

- [x] $\begin{bmatrix} 2 & 2 \end{bmatrix}$

    The window fits twice, and either mean is two.

- [ ] $\begin{bmatrix} 3 & 4 \end{bmatrix}$

    These are the maxima.

- [ ] $\begin{bmatrix} 2 & 2.5 & 2 \end{bmatrix}$

    This is what a stride of one would give.

- [ ] none of the above

```working
# The windows do not overlap.
y = avg_pool2d(X, k, stride=s)
```

## Softmax {#softmax points=4}

<!-- An option that is a statement says when it holds. Without that, its tick is taken on trust. -->

Which change of the logits leaves the output of a softmax as it is?

```given
z = symbol("z", 3)
c = symbol("c")
```

- [x] adding the same number to each {holds="same(shifted, p)"}

    A factor $e^c$ above and below cancels.

- [ ] multiplying each by the same number {holds="same(scaled, p)"}

    This makes the output sharper or flatter.

- [ ] dropping their signs {holds="same(folded, p)"}

    A negative logit then weighs more than it should.

```working
p       = softmax(z)
shifted = softmax(z + c)
scaled  = softmax(c * z)
folded  = softmax(abs(z))
```

## Initial weights {#initial-weights points=4}

<!-- A person marks this one: the rubric says what for, and adds up to the points. -->

Why are the weights of a hidden layer not all set to zero before training?

```rubric
2  units with equal weights put out the same and receive the same gradient
2  they stay equal, so that the layer is worth a single unit
```

```answer
Units of one layer that begin with equal weights put out equal values and receive equal gradients. After
every step they are still equal, so that the layer computes no more than one unit could. Random weights
break the symmetry.
```
"""
