// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.pattern;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// Weights of a `Conv`, `Gemm` or `MatMul` whose input channels are cut into pieces of one length,
/// each piece one of a few words: w\[o, t, m·length + j\] = word\[m, code\[o, t, m\], j\], for
/// output o at place t of the kernel.
///
/// In a graph these are ordinary nodes, which any runtime computes once: `Cast` of the codes (UINT8
/// `[O, k…, M]`), `Add` of the first word of each piece, `Gather` from the words (INT8 `[M·K,
/// length]`), `Cast`, `Mul` by the scale, `Reshape`, and `Transpose` where the layer keeps outputs
/// last or the kernel behind the channels. Source of the form: Wu et al., Quantized convolutional
/// neural networks for mobile devices, CVPR 2016, whose words are FLOAT. Immutable.
public final class CodebookWeights {
  private static final int LARGEST = 256;

  private final int outputs;
  private final int taps;
  private final int pieces;
  private final int words;
  private final int length;
  private final byte[] codes;
  private final byte[] codebook;
  private final float scale;

  /// @param taps places of the kernel; 1 for products
  /// @param codes `[outputs, taps, pieces]`, unsigned; copied
  /// @param codebook `[pieces, words, length]`; copied
  /// @param scale of all words, finite
  /// @throws IllegalArgumentException if sizes do not fit, or a code has no word
  public CodebookWeights(
      int outputs,
      int taps,
      int pieces,
      int words,
      int length,
      byte[] codes,
      byte[] codebook,
      float scale) {
    if (words < 1
        || words > LARGEST
        || codes.length != Math.multiplyExact(Math.multiplyExact(outputs, taps), pieces)
        || codebook.length != Math.multiplyExact(Math.multiplyExact(pieces, words), length)) {
      throw new IllegalArgumentException(
          "%d codes and %d elements of words do not fit [%d, %d, %d] codes of %d words of %d"
              .formatted(codes.length, codebook.length, outputs, taps, pieces, words, length));
    }
    for (byte code : codes) {
      if (Byte.toUnsignedInt(code) >= words) {
        throw new IllegalArgumentException(
            "code %d; there are %d words".formatted(Byte.toUnsignedInt(code), words));
      }
    }
    this.outputs = outputs;
    this.taps = taps;
    this.pieces = pieces;
    this.words = words;
    this.length = length;
    this.codes = codes.clone();
    this.codebook = codebook.clone();
    this.scale = scale;
  }

  public int outputs() {
    return outputs;
  }

  /// Places of the kernel.
  public int taps() {
    return taps;
  }

  /// Pieces that the input channels are cut into.
  public int pieces() {
    return pieces;
  }

  /// Words of each piece.
  public int words() {
    return words;
  }

  /// Channels of a piece.
  public int length() {
    return length;
  }

  public int channels() {
    return pieces * length;
  }

  public int code(int output, int tap, int piece) {
    return Byte.toUnsignedInt(codes[(output * taps + tap) * pieces + piece]);
  }

  public float word(int piece, int word, int element) {
    return scale * codebook[(piece * words + word) * length + element];
  }

  /// The weight of an output at a place of the kernel.
  public float at(int output, int channel, int tap) {
    int piece = channel / length;
    return word(piece, code(output, tap, piece), channel % length);
  }

  /// Puts nodes that compute the weights into a graph.
  ///
  /// @param before the layer, whose operator says how weights lie
  /// @param kernel spatial sizes; empty for products
  /// @return the weights, FLOAT
  public Value addTo(Graph graph, Node before, String name, long... kernel) {
    long[] coded = codeSizes(kernel);
    Shape codeShape = Shape.of(coded);
    Value stored =
        graph.addConstant(
            name + "_codes",
            Tensor.of(DataType.UINT8, codeShape, MemorySegment.ofArray(codes.clone())));
    int[] first = new int[pieces];
    for (int m = 0; m < pieces; m++) {
      first[m] = m * words;
    }
    Value offsets = graph.addConstant(name + "_first", Tensor.ofInts(Shape.of(pieces), first));
    Value book =
        graph.addConstant(
            name + "_words",
            Tensor.ofInt8(Shape.of((long) pieces * words, length), codebook.clone()));
    Value wide = add(graph, before, cast(DataType.INT32), name + "_wide", stored);
    Value index = add(graph, before, NodeBuilder.of("Add"), name + "_index", wide, offsets);
    Value chosen =
        add(
            graph,
            before,
            NodeBuilder.of("Gather").attribute("axis", 0),
            name + "_chosen",
            book,
            index);
    Value whole = add(graph, before, cast(DataType.FLOAT), name + "_whole", chosen);
    Value factor = graph.addConstant(name + "_scale", Tensor.scalar(scale));
    Value floats = add(graph, before, NodeBuilder.of("Mul"), name + "_pieces", whole, factor);
    return lay(graph, before, name, floats, coded);
  }

  /// Puts nodes into a graph that compute the weights from words that something else computes.
  ///
  /// @param before the layer, with inferred shapes; says how weights lie
  /// @param floats the words, FLOAT `[M·K, length]`
  /// @return the weights, FLOAT
  public Value addLookup(Graph graph, Node before, String name, Value floats) {
    long[] kernel = new long[0];
    if (before.is("Conv")) {
      long[] sizes = before.input(1).shape().orElseThrow().sizes();
      kernel = Arrays.copyOfRange(sizes, 2, sizes.length);
    }
    long[] coded = codeSizes(kernel);
    int[] index = new int[codes.length];
    for (int i = 0; i < index.length; i++) {
      index[i] = i % pieces * words + Byte.toUnsignedInt(codes[i]);
    }
    Value indices = graph.addConstant(name + "_index", Tensor.ofInts(Shape.of(coded), index));
    Value chosen =
        add(
            graph,
            before,
            NodeBuilder.of("Gather").attribute("axis", 0),
            name + "_chosen",
            floats,
            indices);
    return lay(graph, before, name, chosen, coded);
  }

  private long[] codeSizes(long[] kernel) {
    long[] coded = new long[kernel.length + 2];
    coded[0] = outputs;
    System.arraycopy(kernel, 0, coded, 1, kernel.length);
    coded[coded.length - 1] = pieces;
    return coded;
  }

  /// @param chosen `[outputs, kernel…, pieces, length]`
  private Value lay(Graph graph, Node before, String name, Value chosen, long[] coded) {
    long[] joined = coded.clone();
    joined[joined.length - 1] = channels();
    Value shape = graph.addConstant(name + "_shape", Tensor.vector(joined));
    Value rows = add(graph, before, NodeBuilder.of("Reshape"), name + "_rows", chosen, shape);
    long[] order = order(before, joined.length);
    return order.length == 0
        ? rows
        : add(graph, before, NodeBuilder.of("Transpose").ints("perm", order), name + "_laid", rows);
  }

  /// Puts the weights into a graph as one constant, with the bits that the nodes of [#addTo] give.
  ///
  /// @param layer whose weights these are; says how they lie
  /// @return the constant, FLOAT
  public Value addDenseTo(Graph graph, Node layer, String name) {
    Shape shape = layer.input(1).shape().orElseThrow();
    boolean outputsFirst = layer.is("Conv") || order(layer, 2).length == 0;
    float[] elements = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < elements.length; i++) {
      int row = i / taps;
      int output = outputsFirst ? row / channels() : row % outputs;
      int channel = outputsFirst ? row % channels() : row / outputs;
      elements[i] = at(output, channel, i % taps);
    }
    return graph.addConstant(name, Tensor.ofFloats(shape, elements));
  }

  private static NodeBuilder cast(DataType type) {
    return NodeBuilder.of("Cast").attribute("to", type.onnxCode());
  }

  private static Value add(
      Graph graph, Node before, NodeBuilder builder, String name, Value... inputs) {
    return graph
        .insertBefore(
            before,
            builder.name(graph.uniqueNodeName(name)).inputs(inputs).output(graph.uniqueName(name)))
        .output(0);
  }

  /// How `[O, k…, C]` is transposed into what the layer expects; empty where it is that.
  private static long[] order(Node layer, int rank) {
    if (layer.is("Conv")) {
      return LongStream.range(0, rank)
          .map(axis -> axis == 0 ? 0 : axis == 1 ? rank - 1L : axis - 1)
          .toArray();
    }
    boolean outputsFirst = layer.is("Gemm") && layer.intAttribute("transB", 0) != 0;
    return outputsFirst ? new long[0] : new long[] {1, 0};
  }

  /// Reads the weights of a layer from the nodes that compute them.
  ///
  /// @return empty if they are computed in another way
  public static Optional<CodebookWeights> of(Node layer) {
    Value laid = layer.input(1);
    Node transpose = producer(laid, "Transpose");
    Value rows = transpose == null ? laid : transpose.input(0);
    Node reshape = producer(rows, "Reshape");
    Node scaled = reshape == null ? null : producer(reshape.input(0), "Mul");
    Node whole = scaled == null ? null : producer(scaled.input(0), "Cast");
    Node gather = whole == null ? null : producer(whole.input(0), "Gather");
    Node add = gather == null ? null : producer(gather.input(1), "Add");
    Node wide = add == null ? null : producer(add.input(0), "Cast");
    if (reshape == null || scaled == null || gather == null || add == null || wide == null) {
      return Optional.empty();
    }
    Tensor book = gather.input(0).constant().orElse(null);
    Tensor first = add.input(1).constant().orElse(null);
    Tensor coded = wide.input(0).constant().orElse(null);
    Tensor shape = reshape.input(1).constant().orElse(null);
    Tensor scale = scaled.input(1).constant().orElse(null);
    if (book == null || first == null || coded == null || shape == null || scale == null) {
      return Optional.empty();
    }
    boolean fits =
        gather.intAttribute("axis", 0) == 0
            && scale.elements() == 1
            && book.dataType() == DataType.INT8
            && coded.dataType() == DataType.UINT8
            && book.shape().rank() == 2
            && first.shape().rank() == 1
            && coded.shape().rank() >= 2
            && shape.elements() == coded.shape().rank();
    return fits
        ? read(layer, transpose, book, (float) scale.doubleAt(0), first, coded, shape.toLongs())
        : Optional.empty();
  }

  /// Replaces the words of a layer in its graph, and leaves the codes.
  ///
  /// @param layer one of which [#of] reads the weights
  /// @param codebook `[pieces, words, length]`
  public static void replaceWords(Node layer, byte[] codebook, float scale) {
    Value rows = layer.input(1);
    Node transpose = producer(rows, "Transpose");
    Node reshape = (transpose == null ? rows : transpose.input(0)).producer().orElseThrow();
    Node scaled = reshape.input(0).producer().orElseThrow();
    Node gather = scaled.input(0).producer().orElseThrow().input(0).producer().orElseThrow();
    Shape shape = gather.input(0).constant().orElseThrow().shape();
    replace(gather, 0, Tensor.ofInt8(shape, codebook.clone()));
    replace(scaled, 1, Tensor.scalar(scale));
  }

  /// A constant that something else reads too stays for that.
  private static void replace(Node node, int index, Tensor tensor) {
    Value value = node.input(index);
    if (value.isInitializer() && value.hasSingleUse() && !value.isGraphInput()) {
      node.graph().setInitializer(value, tensor);
    } else {
      node.setInput(index, node.graph().addConstant(value.name(), tensor));
    }
  }

  private static @Nullable Node producer(Value value, String opType) {
    return value.producer().filter(node -> node.is(opType)).orElse(null);
  }

  private static Optional<CodebookWeights> read(
      Node layer,
      @Nullable Node transpose,
      Tensor book,
      float scale,
      Tensor first,
      Tensor coded,
      long[] joined) {
    int rank = coded.shape().rank();
    int outputs = Math.toIntExact(coded.shape().size(0));
    int pieces = Math.toIntExact(coded.shape().size(rank - 1));
    int length = Math.toIntExact(book.shape().size(1));
    int words = pieces == 0 ? 0 : Math.toIntExact(book.shape().size(0) / pieces);
    long[] wanted = coded.shape().sizes();
    wanted[rank - 1] = (long) pieces * length;
    long[] order = order(layer, rank);
    long[] found =
        transpose == null ? new long[0] : transpose.intsAttribute("perm").orElse(new long[0]);
    if (words == 0
        || words > LARGEST
        || outputs == 0
        || book.shape().size(0) != (long) pieces * words
        || first.elements() != pieces
        || !Arrays.equals(wanted, joined)
        || !Arrays.equals(order, found)) {
      return Optional.empty();
    }
    for (int m = 0; m < pieces; m++) {
      if (first.longAt(m) != (long) m * words) {
        return Optional.empty();
      }
    }
    byte[] codes = coded.bytes().toArray(ValueLayout.JAVA_BYTE);
    for (byte code : codes) {
      if (Byte.toUnsignedInt(code) >= words) {
        return Optional.empty();
      }
    }
    int taps = codes.length / outputs / pieces;
    return Optional.of(
        new CodebookWeights(
            outputs,
            taps,
            pieces,
            words,
            length,
            codes,
            book.bytes().toArray(ValueLayout.JAVA_BYTE),
            scale));
  }
}
