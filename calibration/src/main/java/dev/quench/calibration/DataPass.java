// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import dev.quench.calibration.histogram.Histogram;
import dev.quench.calibration.table.SampleSpans;
import dev.quench.run.CalibrationException;
import dev.quench.run.Progress;
import dev.quench.run.Session;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
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

/// One run over a span of the data by several threads. All take batches from one stream; each has
/// its own recorder.
///
/// At most `threads` inferences run at once. Half as many additional threads, at least one, count
/// values meanwhile: a thread gives up its inference permit as soon as the backend delivers the
/// first tensor, so the backend hardly ever waits for a histogram.
///
/// @param span of samples to use
/// @param readSize samples per batch
/// @param single whether each sample is inferred alone
/// @param threads how many inferences run at once
record DataPass(
    FedInputs fed,
    Dataset data,
    SampleSpans.Span span,
    int readSize,
    boolean single,
    int threads,
    boolean acceptNonFinite) {
  /// Receives the progress of the pass.
  @FunctionalInterface
  interface Saver {
    void save(PassState state) throws IOException;
  }

  /// How many threads run when tensors are tapped.
  static int workers(int threads) {
    return threads + Math.ceilDiv(threads, 2);
  }

  /// The shapes, by input name, that [#run] feeds first.
  ///
  /// @throws CalibrationException if the data are empty or do not fit the model
  Map<String, Shape> shapesOfFirstInference() throws IOException {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    try (Stream<Batch> batches = data.batchesFrom(span.from(), single ? 1 : readSize)) {
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

  /// Records inputs from the data and, given a session, tapped tensors of the model.
  ///
  /// @param session null to record only inputs
  /// @param inputs tensors of the data; these and the taps have all seen equally many samples
  /// @param start the state to continue from
  /// @param pause how long to work between calls of `saver`
  /// @return the state after the last sample
  PassState run(
      @Nullable Session session,
      Set<String> inputs,
      Set<String> taps,
      PassState start,
      Duration pause,
      Saver saver,
      Progress progress)
      throws IOException {
    Set<String> names = new LinkedHashSet<>(inputs);
    names.addAll(taps);
    int workers = session == null ? threads : workers(threads);
    PassState state = start;
    long done = start.done(names.iterator().next());
    try (Stream<Batch> batches = data.batchesFrom(span.from() + done, readSize);
        ExecutorService executor = Executors.newFixedThreadPool(workers)) {
      BatchSource source =
          new BatchSource(batches.iterator(), span.from() + done, span.to(), progress);
      Worker worker =
          new Worker(fed, single, source, session, inputs, new InferencePermits(threads, workers));
      do {
        source.resume(pause.toNanos());
        List<Recorder> recorders = new ArrayList<>();
        for (int i = 0; i < workers; i++) {
          recorders.add(new Recorder(names, acceptNonFinite));
        }
        inParallel(executor, worker, recorders);
        Map<String, Histogram> seen = new LinkedHashMap<>();
        recorders.forEach(recorder -> recorder.mergeInto(seen));
        long samples = recorders.stream().mapToLong(Recorder::samples).sum();
        done += samples;
        state = state.after(names, samples, seen);
        saver.save(state);
      } while (!source.isExhausted());
    } catch (UncheckedIOException e) {
      throw unwrapped(e);
    }
    if (done != span.samples()) {
      throw new CalibrationException(
          "the data set says it has %d samples but ended after %d; use complete data"
              .formatted(data.size(), span.from() + done));
    }
    return state;
  }

  private static void inParallel(
      ExecutorService executor, Worker worker, List<Recorder> recorders) {
    List<Future<?>> running = new ArrayList<>();
    for (Recorder recorder : recorders) {
      running.add(executor.submit(() -> worker.work(recorder)));
    }
    try {
      for (Future<?> each : running) {
        await(each, worker.source());
      }
    } finally {
      worker.stopUnlessDone(running);
    }
  }

  private static void await(Future<?> running, BatchSource source) {
    stopIfInterrupted(source); // get() of a finished worker does not notice it
    try {
      running.get();
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

  private static void stopIfInterrupted(BatchSource source) {
    if (Thread.currentThread().isInterrupted()) {
      source.stop();
      throw new CalibrationException("calibration was interrupted");
    }
  }

  /// The work of one thread.
  ///
  /// @param inference permits to run the backend
  private record Worker(
      FedInputs fed,
      boolean single,
      BatchSource source,
      @Nullable Session session,
      Set<String> inputs,
      InferencePermits inference) {
    void work(Recorder recorder) {
      boolean finished = false;
      try {
        for (BatchSource.Part part = source.next(); part != null; part = source.next()) {
          fed.check(part.batch());
          int step = single ? 1 : part.size();
          for (int i = 0; i < part.size(); i += step) {
            infer(FedInputs.part(part.batch(), i, i + step), recorder);
            recorder.inferred(part.number() + i, step);
          }
          source.done(part.size());
        }
        finished = true;
      } finally {
        if (!finished) {
          source.stop();
        }
      }
    }

    void stopUnlessDone(List<Future<?>> running) {
      if (!running.stream().allMatch(Future::isDone)) {
        source.stop();
      }
    }

    private void infer(Map<String, Tensor> sample, Recorder recorder) {
      for (String name : inputs) {
        Tensor tensor = sample.get(name);
        if (tensor != null) {
          recorder.accept(name, tensor);
        }
      }
      if (session == null) {
        return;
      }
      InferencePermits.Permit permit = inference.acquire();
      try {
        session.observe(
            sample,
            (name, activation) -> {
              permit.release();
              recorder.accept(name, activation);
            });
      } finally {
        permit.release();
      }
    }
  }
}
