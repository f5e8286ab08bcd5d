// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import dev.quench.data.Batch;
import dev.quench.data.Dataset;
import dev.quench.run.Progress;
import dev.quench.run.Session;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One run over the data with some threads, each taking batches from the same stream into a
/// recorder of its own.
///
/// @param readSize samples a batch
/// @param single whether each sample is inferred by itself
record DataPass(
    FedInputs fed,
    Dataset data,
    int readSize,
    boolean single,
    int threads,
    boolean acceptNonFinite) {
  /// @param histograms of the tensors that were seen
  /// @param samples that were inferred
  record Result(Map<String, Histogram> histograms, long samples) {}

  /// Shapes by input name of what [#run] feeds first.
  ///
  /// @throws CalibrationException if there are no data or they do not fit the model
  Map<String, Shape> shapesOfFirstInference() throws IOException {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    try (Stream<Batch> batches = data.batches(single ? 1 : readSize)) {
      Batch first =
          batches
              .findFirst()
              .orElseThrow(() -> new CalibrationException("the data set has no batches"));
      fed.check(first);
      first.inputs().forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    } catch (UncheckedIOException e) {
      throw unwrapped(e);
    }
    return shapes;
  }

  private static IOException unwrapped(UncheckedIOException e) {
    Throwable cause = e.getCause();
    return new IOException(cause == null ? e.getMessage() : cause.getMessage(), e);
  }

  /// Records tensors of the data and tapped tensors of the model.
  Result run(Session session, Set<String> inputs, Set<String> taps, Progress progress)
      throws IOException {
    return collect(inputs, taps, session, progress);
  }

  /// Records tensors of the data alone.
  Result inputs(Set<String> inputs, Progress progress) throws IOException {
    return collect(inputs, Set.of(), null, progress);
  }

  private Result collect(
      Set<String> inputs, Set<String> taps, @Nullable Session session, Progress progress)
      throws IOException {
    Set<String> names = new LinkedHashSet<>(inputs);
    names.addAll(taps);
    List<Recorder> recorders = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      recorders.add(new Recorder(names, acceptNonFinite));
    }
    try (Stream<Batch> batches = data.batches(readSize)) {
      Source source = new Source(batches.iterator(), progress);
      if (threads == 1) {
        work(source, session, inputs, recorders.getFirst());
      } else {
        inParallel(source, session, inputs, recorders);
      }
    } catch (UncheckedIOException e) {
      throw unwrapped(e);
    }
    Map<String, Histogram> histograms = new LinkedHashMap<>();
    recorders.forEach(recorder -> recorder.mergeInto(histograms));
    return new Result(histograms, recorders.stream().mapToLong(Recorder::samples).sum());
  }

  private void inParallel(
      Source source, @Nullable Session session, Set<String> inputs, List<Recorder> recorders) {
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      List<Future<?>> workers = new ArrayList<>();
      for (Recorder recorder : recorders) {
        workers.add(
            executor.submit(() -> {
              try {
                work(source, session, inputs, recorder);
              } finally {
                source.stop();
              }
            }));
      }
      for (Future<?> worker : workers) {
        await(worker, source);
      }
    }
  }

  private static void await(Future<?> worker, Source source) {
    stopIfInterrupted(source); // a worker that is done already would not say so
    try {
      worker.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException failure -> throw failure;
        case Error failure -> throw failure;
        case null, default -> throw new IllegalStateException(e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stopIfInterrupted(source);
    }
  }

  private static void stopIfInterrupted(Source source) {
    if (Thread.currentThread().isInterrupted()) {
      source.stop();
      throw new CalibrationException("calibration was interrupted");
    }
  }

  private void work(
      Source source, @Nullable Session session, Set<String> inputs, Recorder recorder) {
    for (Numbered next = source.next(); next != null; next = source.next()) {
      stopIfInterrupted(source);
      Batch batch = next.batch();
      fed.check(batch);
      if (single) {
        for (int i = 0; i < batch.size(); i++) {
          infer(FedInputs.sample(batch, i), session, inputs, recorder);
          recorder.inferred(next.first() + i, 1);
        }
      } else {
        infer(batch.inputs(), session, inputs, recorder);
        recorder.inferred(next.first(), batch.size());
      }
      source.done(batch.size());
    }
  }

  private static void infer(
      Map<String, Tensor> sample,
      @Nullable Session session,
      Set<String> inputs,
      Recorder recorder) {
    for (String name : inputs) {
      Tensor tensor = sample.get(name);
      if (tensor != null) {
        recorder.accept(name, tensor);
      }
    }
    if (session != null) {
      session.observe(sample, recorder);
    }
  }

  /// A batch and the number of its first sample in the data set, from 0.
  private record Numbered(Batch batch, long first) {}

  /// Hands each batch to one thread and reports progress from one thread at a time.
  private static final class Source {
    private final Iterator<Batch> batches;
    private final Progress progress;
    private long taken;
    private boolean stopped;

    Source(Iterator<Batch> batches, Progress progress) {
      this.batches = batches;
      this.progress = progress;
    }

    /// Null when there is no more.
    synchronized @Nullable Numbered next() {
      if (stopped || !batches.hasNext()) {
        return null;
      }
      Numbered next = new Numbered(batches.next(), taken);
      taken += next.batch().size();
      return next;
    }

    synchronized void done(int samples) {
      progress.advance(samples);
    }

    /// A worker that ends without an error has found no more batches, so this harms none.
    synchronized void stop() {
      stopped = true;
    }
  }
}
