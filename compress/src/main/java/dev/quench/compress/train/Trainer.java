// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import dev.quench.compress.train.program.LibTorch;
import dev.quench.compress.train.program.Program;
import dev.quench.compress.train.run.Checkpoint;
import dev.quench.compress.train.run.Loss;
import dev.quench.compress.train.run.OptimizerState;
import dev.quench.compress.train.run.OutputClasses;
import dev.quench.compress.train.run.Run;
import dev.quench.compress.train.run.Samples;
import dev.quench.compress.train.run.TrainingException;
import dev.quench.compress.train.run.TrainingListener;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.compress.train.run.TrainingResult;
import dev.quench.graph.Model;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.Optional;

/// Fits the weights of a model to labelled data, by libtorch.
///
/// The result is that of the last epoch: nothing is selected, on whatever data. One seed gives the
/// same bits again on the same number of threads. A trainer is for one thread; trainers of one
/// process share the number of threads.
public final class Trainer {
  private final TrainingOptions options;
  private final TrainingListener listener;

  public Trainer(TrainingOptions options, TrainingListener listener) {
    this.options = options;
    this.listener = listener;
  }

  /// Trains from the weights that the model holds.
  ///
  /// @param model one input `[N, …]`, first output `[N, classes]`; not edited
  /// @param data with class labels; all of it is held in memory
  /// @throws TrainingException if the loss becomes NaN, or the network has nothing to train
  /// @throws dev.quench.graph.UnsupportedOperatorException if a node is not known, naming it and
  ///   what is known
  /// @throws dev.quench.run.dataset.DataException if labels are missing or out of range
  /// @throws dev.quench.run.BackendException if libtorch is not there
  /// @throws IOException if the data cannot be read
  public TrainingResult train(Model model, Dataset data) throws IOException {
    return train(model, data, Optional.empty());
  }

  /// Goes on from a checkpoint, to the bit as if training had not stopped.
  ///
  /// @param model the one that training was begun with
  /// @throws TrainingException if the checkpoint is of another network, other data or options
  public TrainingResult resume(Model model, Dataset data, Checkpoint checkpoint)
      throws IOException {
    return train(model, data, Optional.of(checkpoint));
  }

  private TrainingResult train(Model model, Dataset data, Optional<Checkpoint> checkpoint)
      throws IOException {
    LibTorch.require();
    LibTorch.setThreads(options.threads());
    Model trained = model.copy();
    try (Program program = Program.compile(trained, options.loss() == Loss.CROSS_ENTROPY);
        OptimizerState optimizer = new OptimizerState(options.optimizer(), program.parameters())) {
      if (program.parameters().trained() == 0) {
        throw new TrainingException(
            "the model holds nothing to train: no float weights that its first output depends on");
      }
      Samples samples = Samples.read(data, program.input().name(), OutputClasses.of(trained));
      Run run = new Run(program, optimizer, samples, data.digest(), options);
      checkpoint.ifPresent(run::restore);
      run.execute(listener);
      program.parameters().store();
      return new TrainingResult(trained, run.epochs());
    }
  }
}
