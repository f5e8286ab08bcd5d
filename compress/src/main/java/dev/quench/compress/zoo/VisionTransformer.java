// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.zoo;

import dev.quench.compress.zoo.NetworkBuilder.Flow;
import dev.quench.compress.zoo.NetworkBuilder.Rectifier;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Arrays;

/// Dosovitskiy et al., An image is worth 16x16 words, ICLR 2021, in a small form: patches of 4 × 4
/// pixels, blocks of attention and of two dense layers, each behind a layer normalization, the mean
/// over all patches before the last layer.
final class VisionTransformer {
  private static final int PATCH = 4;
  private static final int BLOCKS = 6;
  private static final int HEADS = 3;
  private static final int HEAD_FEATURES = 64;
  private static final int EXPANSION = 4;

  private final NetworkBuilder network;
  private final Graph graph;
  private final int features;
  private final int headFeatures;

  private VisionTransformer(NetworkBuilder network, NetworkOptions options) {
    this.network = network;
    this.graph = network.graph();
    this.headFeatures = options.scaled(HEAD_FEATURES, 4);
    this.features = HEADS * headFeatures;
  }

  static Model build(NetworkOptions options) {
    NetworkBuilder network =
        new NetworkBuilder(
            "vit-small", options, Rectifier.RELU, InitialWeights.xavier(options.seed()));
    return new VisionTransformer(network, options).append(options);
  }

  private Model append(NetworkOptions options) {
    Flow patches =
        network.convolution("patches", network.input(), features, PATCH, PATCH, 1, true);
    int tokens = patches.height() * patches.width();
    Value x = reshape("tokens.flat", patches.value(), 0, features, tokens);
    x = add(NodeBuilder.of("Transpose").ints("perm", 0, 2, 1), "tokens", x);
    x = add(NodeBuilder.of("Add"), "positions", x, weights("positions.weight", tokens, features));
    for (int block = 1; block <= BLOCKS; block++) {
      x = block("block" + block, x, tokens);
    }
    x = normalized("norm", x);
    x = add(NodeBuilder.of("ReduceMean").ints("axes", 1).attribute("keepdims", 0), "mean", x);
    return network.finish(
        network.dense("fc", new Flow(x, features, 0, 0), options.classes(), true));
  }

  private Value block(String name, Value before, int tokens) {
    Value mixed = attention(name, normalized(name + ".norm1", before), tokens);
    Value x = add(NodeBuilder.of("Add"), name + ".add1", mixed, before);
    Value wide =
        dense(name + ".mlp1", normalized(name + ".norm2", x), features, EXPANSION * features);
    Value narrow = dense(name + ".mlp2", gelu(name + ".gelu", wide), EXPANSION * features, features);
    return add(NodeBuilder.of("Add"), name + ".add2", narrow, x);
  }

  private Value attention(String name, Value x, int tokens) {
    Value q = heads(name + ".q", x, tokens);
    Value k = heads(name + ".k", x, tokens);
    Value v = heads(name + ".v", x, tokens);
    Value turned =
        add(NodeBuilder.of("Transpose").ints("perm", 0, 1, 3, 2), name + ".k.turned", k);
    Value scores = add(NodeBuilder.of("MatMul"), name + ".scores", q, turned);
    Value scale =
        graph.addInitializer(name + ".scale", Tensor.scalar((float) (1 / Math.sqrt(headFeatures))));
    scores = add(NodeBuilder.of("Mul"), name + ".scaled", scores, scale);
    Value shares = add(NodeBuilder.of("Softmax").attribute("axis", -1), name + ".softmax", scores);
    Value mixed = add(NodeBuilder.of("MatMul"), name + ".mixed", shares, v);
    mixed = add(NodeBuilder.of("Transpose").ints("perm", 0, 2, 1, 3), name + ".back", mixed);
    mixed = reshape(name + ".joined", mixed, 0, tokens, features);
    return dense(name + ".project", mixed, features, features);
  }

  private Value heads(String name, Value x, int tokens) {
    Value split =
        reshape(name + ".split", dense(name, x, features, features), 0, tokens, HEADS, headFeatures);
    return add(NodeBuilder.of("Transpose").ints("perm", 0, 2, 1, 3), name + ".heads", split);
  }

  /// x · Φ(x). Source: Hendrycks and Gimpel 2016.
  private Value gelu(String name, Value x) {
    Value scaled =
        add(
            NodeBuilder.of("Mul"),
            name + ".scaled",
            x,
            graph.addInitializer(name + ".root", Tensor.scalar((float) Math.sqrt(0.5))));
    Value erf = add(NodeBuilder.of("Erf"), name + ".erf", scaled);
    Value one = graph.addInitializer(name + ".one", Tensor.scalar(1f));
    Value half = graph.addInitializer(name + ".half", Tensor.scalar(0.5f));
    Value gate = add(NodeBuilder.of("Add"), name + ".gate", erf, one);
    Value product = add(NodeBuilder.of("Mul"), name + ".product", x, gate);
    return add(NodeBuilder.of("Mul"), name, product, half);
  }

  private Value dense(String name, Value x, int inputs, int outputs) {
    Value product = add(NodeBuilder.of("MatMul"), name, x, weights(name + ".weight", inputs, outputs));
    Value bias =
        graph.addInitializer(name + ".bias", Tensor.ofFloats(Shape.of(outputs), new float[outputs]));
    return add(NodeBuilder.of("Add"), name + ".biased", product, bias);
  }

  private Value normalized(String name, Value x) {
    float[] ones = new float[features];
    Arrays.fill(ones, 1);
    Shape shape = Shape.of(features);
    return add(
        NodeBuilder.of("LayerNormalization").attribute("axis", -1),
        name,
        x,
        graph.addInitializer(name + ".scale", Tensor.ofFloats(shape, ones)),
        graph.addInitializer(name + ".shift", Tensor.ofFloats(shape, new float[features])));
  }

  private Value weights(String name, int inputs, int outputs) {
    return graph.addInitializer(
        name, network.initial().kernel(Shape.of(inputs, outputs), inputs, outputs));
  }

  private Value reshape(String name, Value x, long... sizes) {
    Value shape = graph.addInitializer(name + ".shape", Tensor.vector(sizes));
    return add(NodeBuilder.of("Reshape"), name, x, shape);
  }

  private Value add(NodeBuilder node, String name, Value... inputs) {
    return graph.append(node.name(name).inputs(inputs).output(graph.uniqueName(name))).output(0);
  }
}
