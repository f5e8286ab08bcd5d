// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import dev.quench.Printable;
import dev.quench.data.Dataset;
import dev.quench.graph.Model;
import dev.quench.graph.ModelDigest;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.run.Backend;
import dev.quench.run.Progress;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.DataType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Runs a model over data and chooses the range of each wanted tensor from the values it takes.
///
/// Every sample is inferred by itself and by one thread of the backend, and histograms are exact,
/// so the ranges are the same to the last bit for any batch size, any order of the samples, any
/// number of threads and any split into shards that are merged later. ([#wholeBatches] gives that
/// up.) One batch a thread is in memory at a time, whatever the size of the data set. NaN and
/// infinities are counted, and refused unless [#acceptNonFinite].
///
/// Set it up in one thread; [#calibrate] may then be called by several.
public final class Calibrator {
  private static final int DEFAULT_BATCH_SIZE = 32;
  private static final long DEFAULT_TAP_BYTES = 1L << 30;

  private final Backend backend;
  private RangeMethod method = RangeMethod.entropy();
  private int batchSize = DEFAULT_BATCH_SIZE;
  private long samples = Long.MAX_VALUE;
  private int threads = 1;
  private long tapBytes = DEFAULT_TAP_BYTES;
  private boolean wholeBatches;
  private boolean acceptNonFinite;
  private String preprocessing = "";
  private Progress progress = Progress.NONE;

  private Calibrator(Backend backend) {
    this.backend = backend;
  }

  /// Entropy, batches of 32, all samples, one thread, no progress shown.
  ///
  /// @param backend runs the model
  public static Calibrator using(Backend backend) {
    return new Calibrator(backend);
  }

  /// How thresholds are chosen.
  public Calibrator method(RangeMethod chosen) {
    method = chosen;
    return this;
  }

  /// How many samples are read at a time; does not change the ranges.
  public Calibrator batchSize(int size) {
    batchSize = (int) positive("batch size", size);
    return this;
  }

  /// Uses the first `limit` samples only.
  public Calibrator samples(long limit) {
    samples = positive("samples", limit);
    return this;
  }

  /// How many batches are worked on at once, each by one thread; does not change the ranges.
  public Calibrator threads(int count) {
    threads = (int) positive("threads", count);
    return this;
  }

  /// How many bytes of tapped tensors may be held at once, by all threads together. When they need
  /// more, they are tapped in groups, with one run over the data for each. 1 GiB unless set.
  public Calibrator tapBytes(long limit) {
    tapBytes = positive("tap bytes", limit);
    return this;
  }

  /// Infers a batch at once instead of each sample by itself: quicker on a GPU. A backend may round
  /// differently for another batch size, and the ranges then differ in their last bits with batch
  /// size and order.
  public Calibrator wholeBatches(boolean whole) {
    wholeBatches = whole;
    return this;
  }

  /// Leaves NaN and infinities out of the ranges and records their number in the table, instead of
  /// refusing them.
  public Calibrator acceptNonFinite(boolean accept) {
    acceptNonFinite = accept;
    return this;
  }

  /// Recorded in the table, for people.
  public Calibrator preprocessing(String description) {
    preprocessing = description;
    return this;
  }

  /// Is told of every sample.
  public Calibrator progress(Progress listener) {
    progress = listener;
    return this;
  }

  private static long positive(String what, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(what + " must be 1 or more, got " + value);
    }
    return value;
  }

  /// Measures the ranges of `tensors`, inputs of the model or outputs of its nodes, all
  /// floating-point.
  ///
  /// @param model not modified, not kept
  /// @param tensors names in the model's main graph; the table lists them in the order of the graph
  /// @param data batches whose inputs are those of the model; random data make the table say
  ///   "uncalibrated"
  /// @return with histograms
  /// @throws CalibrationException if a tensor or the data do not fit the model, or values are NaN
  ///   or infinite
  /// @throws dev.quench.run.BackendException if the backend refuses the model or fails
  /// @throws IOException if the data cannot be read
  public CalibrationTable calibrate(Model model, Set<String> tensors, Dataset data)
      throws IOException {
    Set<String> wanted = inGraphOrder(model, tensors);
    Dataset used = data.size() <= samples ? data : data.limit(samples);
    int modelBatch = FedInputs.batchSize(model);
    requireFullBatches(used, modelBatch);
    boolean single = modelBatch == 1 || (modelBatch == FedInputs.ANY_SIZE && !wholeBatches);
    DataPass pass =
        new DataPass(
            new FedInputs(model),
            used,
            modelBatch > 1 ? modelBatch : batchSize,
            single,
            threads,
            acceptNonFinite);
    Set<String> inputs = new LinkedHashSet<>(wanted);
    inputs.retainAll(FedInputs.names(model));
    Set<String> taps = new LinkedHashSet<>(wanted);
    taps.removeAll(inputs);
    DataPass.Result result = observe(model, pass, inputs, taps);
    Map<String, Histogram> histograms = new LinkedHashMap<>();
    List<TensorRange> ranges = new ArrayList<>();
    for (String name : wanted) {
      Histogram histogram = result.histograms().get(name);
      if (histogram == null) {
        throw new CalibrationException(
            "%s never delivered tensor '%s'; choose another tensor or another backend"
                .formatted(backend.name(), Printable.escape(name)));
      }
      histograms.put(name, histogram);
      ranges.add(TensorRange.of(name, method, histogram));
    }
    return new CalibrationTable(header(model, used, result.samples()), ranges, histograms, null);
  }

  private DataPass.Result observe(Model model, DataPass pass, Set<String> inputs, Set<String> taps)
      throws IOException {
    List<Set<String>> groups =
        TapGroups.of(model, taps, pass.shapesOfFirstInference(), tapBytes / threads);
    progress.begin("calibrate", pass.data().size() * Math.max(1, groups.size()));
    try {
      if (groups.isEmpty()) {
        return pass.inputs(inputs, progress);
      }
      Map<String, Histogram> histograms = new LinkedHashMap<>();
      long count = 0;
      Set<String> recorded = inputs;
      for (Set<String> group : groups) {
        SessionOptions options = SessionOptions.DEFAULT.withThreads(1).withTaps(group);
        try (Session session = backend.open(model, options)) {
          DataPass.Result result = pass.run(session, recorded, group, progress);
          histograms.putAll(result.histograms());
          count = result.samples();
        }
        recorded = Set.of();
      }
      return new DataPass.Result(histograms, count);
    } finally {
      progress.end();
    }
  }

  private TableHeader header(Model model, Dataset used, long count) {
    return new TableHeader(
        TableHeader.thisTool(),
        Optional.of(ModelDigest.of(model)),
        method.spelling(),
        preprocessing,
        List.of(new CalibrationData(used.digest(), used.description(), count, used.isRandom())),
        FedInputs.names(model));
  }

  private static void requireFullBatches(Dataset data, int modelBatch) {
    if (data.size() == 0) {
      throw new CalibrationException(
          "the data set is empty (%s); calibration needs samples"
              .formatted(Printable.escape(data.description())));
    }
    if (modelBatch > 1 && data.size() % modelBatch != 0) {
      throw new CalibrationException(
          "the model takes exactly %d samples at a time, and %d samples leave %d over; use %d samples or make the model's batch size free"
              .formatted(
                  modelBatch,
                  data.size(),
                  data.size() % modelBatch,
                  data.size() - data.size() % modelBatch));
    }
  }

  /// The wanted names, those of inputs first, then in the order in which nodes compute them.
  private static Set<String> inGraphOrder(Model model, Set<String> tensors) {
    if (tensors.isEmpty()) {
      throw new CalibrationException("no tensors to calibrate; name at least one");
    }
    Set<String> ordered = new LinkedHashSet<>();
    for (String name : FedInputs.names(model)) {
      if (tensors.contains(name)) {
        ordered.add(name);
      }
    }
    for (Node node : model.graph().nodes()) {
      for (Value output : node.outputs()) {
        if (tensors.contains(output.name())) {
          ordered.add(output.name());
        }
      }
    }
    for (String name : tensors) {
      Optional<Value> value = model.graph().value(name);
      if (!ordered.contains(name)) {
        throw new CalibrationException(
            "cannot calibrate '%s': %s"
                .formatted(
                    Printable.escape(name),
                    value.isPresent()
                        ? "it is a constant, whose range needs no data"
                        : "the model's main graph has no such tensor"));
      }
      DataType type = value.flatMap(Value::dataType).orElse(DataType.FLOAT);
      if (!type.isFloating()) {
        throw new CalibrationException(
            "cannot calibrate '%s': its type is %s, only floating-point tensors have ranges"
                .formatted(Printable.escape(name), type));
      }
    }
    return ordered;
  }
}
